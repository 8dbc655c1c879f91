/** What was asked of a run (`run.json`) and how it closed (`summary.json`). */
import { z } from 'zod';
import { quarantinedImageSchema } from '../run/quarantine.ts';
import { runIdSchema } from './chunk-job.ts';

/** Where the images come from, so that a producer that died can go on listing. */
export const sourceSpecSchema = z.object({
  /**
   * `listing`: all objects below a folder or S3 prefix · `shards`: the images in one tar, or in all below it · `inventory`:
   * the objects in an S3 Inventory · `manifest`: a file of URIs · `stream`: URIs handed in by a program.
   */
  kind: z.enum(['listing', 'shards', 'inventory', 'manifest', 'stream']),
  /** The folder, prefix, tar or manifest; for a stream, a name. */
  uri: z.string(),
  format: z.enum(['txt', 'csv', 'jsonl']).optional(),
  /** What relative paths in a manifest start from. */
  base: z.string().optional(),
  include: z.array(z.string()),
  exclude: z.array(z.string()),
  limit: z.int().positive().optional(),
  /** Each URI once, where it first comes. */
  dedupe: z.boolean().optional(),
});
export type SourceSpec = z.infer<typeof sourceSpecSchema>;

const bundleSchema = z.object({
  name: z.string(),
  digest: z.string(),
  /** Of its parts, so that two runs can be compared part by part. */
  digests: z.object({
    weights: z.string(),
    graph: z.string(),
    preprocessing: z.string(),
    labelMap: z.string(),
  }),
  /** False: the weights come straight from an initialiser and the labels mean nothing. */
  trained: z.boolean(),
});
/**
 * `exact`: pixels as Pillow gives them. `fast`: large JPEGs are decoded at half, a quarter or an eighth of their size,
 * which costs less and moves pixels.
 */
export const decodeModeSchema = z.enum(['exact', 'fast']);
export type DecodeMode = z.infer<typeof decodeModeSchema>;

/** What a run writes of each image. A run that is to write no labels has records with none. */
export const emitSchema = z.enum(['labels', 'features']);
export type Emit = z.infer<typeof emitSchema>;

/** How the records of a chunk lie in its part; the ending of the part's name. */
export const partFormatSchema = z.enum(['jsonl', 'parquet']);
export type PartFormat = z.infer<typeof partFormatSchema>;

export const runSchema = z.object({
  format: z.literal(1),
  id: runIdSchema,
  created: z.iso.datetime(),
  source: sourceSpecSchema,
  bundle: bundleSchema,
  /** How images become pixels: as the bundle says, and the run's way of decoding. */
  preprocessing: z.looseObject({
    /** Runs from before there was a choice have no such line. */
    decode: decodeModeSchema.default('exact'),
  }),
  topK: z.int().positive(),
  /** Runs from before features were written have no such line. */
  emit: z.array(emitSchema).min(1).default(['labels']),
  /** Runs from before there was a choice have no such line. */
  partFormat: partFormatSchema.default('jsonl'),
  /** Images per chunk; only the run's last chunk is shorter. */
  chunkSize: z.int().positive(),
  /** The run pauses when a greater share of its images ends as error records. */
  maxErrorRate: z.number().min(0).max(1).default(1),
  /** When it should be complete, as its user wishes: an autoscaler's to heed. */
  finishBy: z.iso.datetime().optional(),
  /** Does the output store keep "create only if absent"? Found out by a probe. */
  createOnce: z.boolean(),
  /** The run it is compared with: what has not changed since is carried, not labelled. */
  against: z
    .object({
      run: runIdSchema,
      /** Folders of all runs that may hold carried records: URIs, or `../<run>/` for those beside this run. */
      folders: z.record(runIdSchema, z.string()),
    })
    .optional(),
});
export type Run = z.infer<typeof runSchema>;

export const summarySchema = z.object({
  run: runIdSchema,
  bundle: bundleSchema,
  /** listed = ok + error + carried, always. */
  listed: z.int().nonnegative(),
  ok: z.int().nonnegative(),
  error: z.int().nonnegative(),
  /** Images whose record another run holds, because they have not changed since. */
  carried: z.int().nonnegative().optional(),
  /** Images of the run it was compared with that the source does not have any more; not in `listed`. */
  removed: z.int().nonnegative().optional(),
  /** Error records by code; they add up to `error`. */
  errors: z.record(z.string(), z.int().positive()),
  /** The first images that ended engines; `errors.crashed_decoder` counts all of them. */
  quarantined: z.array(quarantinedImageSchema).optional(),
  chunks: z.int().nonnegative(),
  /** Retries of the run that are counted in. */
  retries: z.int().nonnegative().default(0),
  /** URIs that the source named again and that were left out, as asked (`--dedupe`); not in `listed`. */
  duplicates: z.int().positive().optional(),
  created: z.iso.datetime(),
  finished: z.iso.datetime(),
  /** Seconds by stage, added up over producers and workers; of what the ledger saw that closed the run. */
  stages: z.record(z.string(), z.number().nonnegative()).optional(),
});
export type Summary = z.infer<typeof summarySchema>;
