/**
 * `model.json`: everything about a bundle but the numbers themselves. A bundle is a folder with this file, weights
 * (`*.safetensors`) and graphs (`*.onnx`) as real files side by side; it is named by a digest over all of it.
 *
 * Graph contract, the same for every bundle: input `image` uint8 [N, H, W, 3] RGB; outputs `score` float32 [N, k] and
 * `index` int64 [N, k], best first. Normalisation, activation and top-k are inside the graph. What a kind of graph
 * changes is at `graphKindSchema`.
 */
import { z } from 'zod';
import { quantizationSchema } from './quantize/quantization-schema.ts';
import { type VggArchitecture, type VggConfiguration, vggTable } from './vgg-table.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** A plain name: every file lies in the bundle's own folder. */
const file = z.string().regex(/^[A-Za-z0-9][\w.-]*$/);

/**
 * `labels`: the contract as it is.
 * `features`: with one more output, `features` [N, width], what the last hidden layer gives behind its ReLU (FC2 of
 * VGG, width 4096), in float32 or, of an fp16 bundle, float16.
 * `dense`: the network slides over a whole image. H and W are free, at least the crop; its stride is 32 pixels, and what
 * lies behind the last whole step is not seen. k is the number of classes, so that scores can be averaged further.
 */
export const graphKindSchema = z.enum(['labels', 'features', 'dense']);
export type GraphKind = z.infer<typeof graphKindSchema>;

/** How maps lie in memory between the operators. `nhwc` runs on CUDA alone; input and outputs are the same. */
export const graphLayoutSchema = z.enum(['nchw', 'nhwc']);
export type GraphLayout = z.infer<typeof graphLayoutSchema>;

/** A VGG's sizes, from which its layers follow (vgg-layers.ts). */
export const architectureSchema = z.object({
  configuration: z.enum(Object.keys(vggTable) as [VggConfiguration, ...VggConfiguration[]]),
  batchNorm: z.boolean(),
  widthMultiplier: z.number(),
  inputSize: z.number(),
  fullyConnected: z.number(),
  classes: z.number(),
}) satisfies z.ZodType<VggArchitecture>;

/** How an image becomes the H×W×3 bytes of the graph's input. Part of the digest. */
export const preprocessingSchema = z
  .object({
    /** The shorter side is resized to this many pixels; the longer one to trunc(resize · long / short). */
    resize: z.int().positive(),
    /** Then the central crop×crop square, offset round-half-to-even((side − crop) / 2). */
    crop: z.int().positive(),
    /** Pillow's name of the resampling filter, with antialiasing. */
    kernel: z.literal('bilinear'),
    /** Colour rules, version 1: EXIF orientation, ICC to sRGB, 8-bit sRGB, alpha on white, first frame. */
    colour: z.literal(1),
  })
  .refine(({ resize, crop }) => crop <= resize, 'the crop is larger than the resized image');
export type Preprocessing = z.infer<typeof preprocessingSchema>;

export const bundleSchema = z.object({
  format: z.literal(1),
  /** Catalogue name, such as `vgg16`. */
  model: z.string(),
  /** Where the bundle is a VGG of labelmill's building; an adopted network's layers are known to its graph alone. */
  architecture: architectureSchema.optional(),
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
  /** All over the same weights. The first is the one of kind `labels` for any batch and any machine. */
  graphs: z.array(
    z.object({
      file,
      sha256,
      kind: graphKindSchema.default('labels'),
      layout: graphLayoutSchema.default('nchw'),
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
  /** Of an int8 bundle: how it was made, and how far it agrees with the float32 one. */
  quantization: quantizationSchema.optional(),
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
