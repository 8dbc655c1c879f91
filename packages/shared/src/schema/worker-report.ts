/** What a worker says of itself and its engine. */
import { z } from 'zod';

export const workerReportSchema = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  /** Name of the bundle whose queue it serves. */
  bundle: z.string(),
  started: z.iso.datetime(),
  /** `outage`: it takes no chunks but as probes. */
  state: z.enum(['ready', 'outage', 'draining']),
  chunks: z.object({ inWork: z.int(), places: z.int() }),
  /** Images that ended in it since it started. */
  images: z.object({ ok: z.int(), error: z.int() }),
  engine: z.object({
    /** `failed`: it cannot be started, and is tried again. */
    state: z.enum(['running', 'starting', 'failed']),
    restarts: z.int(),
    /** Where the network runs, and the cores it may use with all that loads images. */
    provider: z.string(),
    cores: z.int(),
    /** Images in an inference call, as it is now. */
    batch: z.int(),
  }),
  /** Of the last minute, while it had chunks; null where it had none. */
  imagesPerSecond: z.number().nullable(),
  /** Images in its inference calls ÷ images that they could have held, of the last minute; null where there were none. */
  batchFill: z.number().nullable(),
  /** What limited it in the last minute, in a line. */
  bottleneck: z.string().nullable(),
});
export type WorkerReport = z.infer<typeof workerReportSchema>;
