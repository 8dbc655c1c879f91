/** What is known about a quantised bundle: part of its model.json. */
import { z } from 'zod';
import { clippings } from './clipping.ts';

const share = z.number().min(0).max(1);

/** Figures over images, all of them int8 against float32. */
export const agreementSchema = z.object({
  images: z.int().positive(),
  /** Share of images with the same best class. */
  top1: share,
  /** Share of images whose float32 best class is among the five best of int8. */
  top5: share,
  /** Of each image the largest |Δp| of any class: its mean and its largest value over the images. */
  meanDelta: z.number(),
  worstDelta: z.number(),
});
export type Agreement = z.infer<typeof agreementSchema>;

export const quantizationSchema = z.object({
  /** The float32 bundle. */
  from: z.object({ name: z.string(), digest: z.string() }),
  /** 7 where the CPU that it was made for would overflow with 8. */
  weightBits: z.union([z.literal(8), z.literal(7)]),
  /** Where activations are cut. */
  clipping: z.enum(clippings),
  /** Layers that stay float32. */
  floatLayers: z.array(z.string()),
  /** Images that ranges were taken from, and those by which the clipping was chosen. */
  calibrationImages: z.int().positive(),
  choosingImages: z.int().positive(),
  /** On images that were not used for calibration. */
  agreement: agreementSchema,
  /** On those images, the two taking turns batch by batch on the machine that made the bundle. */
  imagesPerSecond: z.object({ fp32: z.number(), int8: z.number() }),
  /** Bytes of the weights. */
  weightBytes: z.object({ fp32: z.int(), int8: z.int() }),
});
export type Quantization = z.infer<typeof quantizationSchema>;
