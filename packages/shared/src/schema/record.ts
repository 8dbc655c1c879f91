/** A record: one output row, exactly one per listed image. */
import { z } from 'zod';
import { type ImageErrorCode, imageErrorCodes } from '../errors.ts';

const codes = Object.keys(imageErrorCodes) as [ImageErrorCode, ...ImageErrorCode[]];

export const labelSchema = z.object({
  /** Class id; WordNet's for ImageNet classes. */
  id: z.string(),
  label: z.string(),
  /** What the bundle's activation gives: a probability for softmax and sigmoid. */
  score: z.number(),
});
export type Label = z.infer<typeof labelSchema>;

const base = {
  /** The image's place in the run, from 0. A URI listed twice is two records. */
  index: z.int().nonnegative(),
  uri: z.string(),
  /** What was fetched: an ETag without quotes, or size-mtimeNs for files; absent where nothing was fetched. */
  version: z.string().optional(),
};

export const okRecordSchema = z.object({
  ...base,
  status: z.literal('ok'),
  /** Best first. */
  labels: z.array(labelSchema),
});

export const errorRecordSchema = z.object({
  ...base,
  status: z.literal('error'),
  error: z.object({ code: z.enum(codes), message: z.string(), retryable: z.boolean() }),
});

export const recordSchema = z.discriminatedUnion('status', [okRecordSchema, errorRecordSchema]);
/** Named `LabelRecord` because `Record` is a TypeScript built-in. */
export type LabelRecord = z.infer<typeof recordSchema>;
