/** What is asked of runs; apart from api-schema.ts, which the page's own types come from. */
import { errorSelectorSchema } from '@labelmill/shared/run/retry';
import { runIdSchema } from '@labelmill/shared/schema/chunk-job';
import { partFormatSchema } from '@labelmill/shared/schema/run';
import { z } from 'zod';

const mostUriLength = 4_096;
/** A path or URI that means the same from anywhere. */
const source = z
  .string()
  .min(1)
  .max(mostUriLength)
  .regex(/^(\/|[a-z][a-z0-9+.-]*:\/\/)/, 'an absolute path or a URI');

export const startBody = z.strictObject({
  source,
  model: z.string().regex(/^[\w.-]{1,128}$/, 'the name of a bundle'),
  topK: z.int().positive().max(1000).default(5),
  chunkSize: z.int().positive().max(10_000).default(256),
  maxErrorRate: z.number().min(0).max(1).optional(),
  /** What an earlier run has labelled and is unchanged is carried. */
  only: z.literal('changed').optional(),
  /** Id of that run, one of this server's; without it the newest complete run of the source. Means `only: "changed"`. */
  against: runIdSchema.optional(),
  /** Of the parts. */
  format: partFormatSchema.default('jsonl'),
});
export type StartBody = z.infer<typeof startBody>;

export const resumeBody = z.strictObject({ maxErrorRate: z.number().min(0).max(1).optional() }).nullish();
export const retryBody = z.strictObject({ errors: errorSelectorSchema.default('retryable') }).nullish();
