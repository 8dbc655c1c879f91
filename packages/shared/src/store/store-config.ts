/** What the stores need to know; plain data, so that it can travel to the engine. Credentials never do: they come from the environment. */
import { z } from 'zod';

export const storeConfigSchema = z.object({
  /** Folders below which `file://` may be read; `/` allows all. Symbolic links that leave them are refused. */
  fileRoots: z.array(z.string()).default([]),
  /** Hosts from which `https://` may be read; empty turns it off. */
  httpsHosts: z.array(z.string()).default([]),
  s3: z
    .object({
      endpoint: z.url().optional(),
      region: z.string().optional(),
      forcePathStyle: z.boolean().default(false),
      /** Requests are paid by whoever makes them, as buckets may demand. */
      requesterPays: z.boolean().default(false),
    })
    .prefault({}),
  /** For one whole read. */
  readTimeoutMs: z.int().positive().default(30_000),
  connectTimeoutMs: z.int().positive().default(5_000),
});
export type StoreConfig = z.infer<typeof storeConfigSchema>;
