/**
 * `model.json`: everything about a bundle but the numbers themselves. A bundle is a folder with this file, weights
 * (`*.safetensors`) and graphs (`*.onnx`) as real files side by side; it is named by a digest over all of it.
 *
 * Graph contract, the same for every bundle: input `image` uint8 [N, H, W, 3] RGB; outputs `score` float32 [N, k] and
 * `index` int64 [N, k], best first. Normalisation, activation and top-k are inside the graph.
 */
import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** A plain name: every file lies in the bundle's own folder. */
const file = z.string().regex(/^[A-Za-z0-9][\w.-]*$/);

/** How an image becomes the H×W×3 bytes of the graph's input. Part of the digest. */
export const preprocessingSchema = z.object({
  /** The shorter side is resized to this many pixels; the longer one to trunc(resize · long / short). */
  resize: z.int().positive(),
  /** Then the central crop×crop square, offset round-half-to-even((side − crop) / 2). */
  crop: z.int().positive(),
  /** Pillow's name of the resampling filter, with antialiasing. */
  kernel: z.literal('bilinear'),
  /** Colour rules, version 1: EXIF orientation, ICC to sRGB, 8-bit sRGB, alpha on white, first frame. */
  colour: z.literal(1),
});
export type Preprocessing = z.infer<typeof preprocessingSchema>;

export const bundleSchema = z.object({
  format: z.literal(1),
  /** Catalogue name, such as `vgg16`. */
  model: z.string(),
  precision: z.enum(['fp32', 'fp16', 'int8']),
  /** False for weights straight from an initialiser: said on screen and in run.json. */
  trained: z.boolean(),
  preprocessing: preprocessingSchema,
  normalisation: z.object({
    mean: z.tuple([z.number(), z.number(), z.number()]),
    std: z.tuple([z.number(), z.number(), z.number()]),
  }),
  activation: z.enum(['softmax', 'sigmoid', 'none']),
  /** Labels the graph gives per image: min(10, classes). */
  k: z.int().positive(),
  /** In index order. */
  classes: z.array(z.object({ id: z.string(), label: z.string() })),
  weights: z.array(z.object({ file, bytes: z.int().nonnegative(), sha256 })),
  graphs: z.array(
    z.object({
      file,
      sha256,
      /** Fixed batch size, or null where N is symbolic. */
      batch: z.int().positive().nullable(),
    }),
  ),
  provenance: z.object({
    origin: z.string(),
    licence: z.string(),
    accuracy: z.string().optional(),
    notes: z.string().optional(),
  }),
});
export type BundleManifest = z.infer<typeof bundleSchema>;

/** A bundle on disk, read and checked. */
export interface Bundle {
  /** `<model>-<precision>`: the queue's name. */
  readonly name: string;
  /** `sha256:<hex>` over the canonical JSON of model.json, which holds the digests of every other file. */
  readonly digest: string;
  readonly folder: string;
  readonly manifest: BundleManifest;
}
