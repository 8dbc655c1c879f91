/** The queue's message: one chunk of a run. What all chunks of a run share lives once in the run's hash. */
import { z } from 'zod';

/** UTF-16 units. A file's path of 4,096 bytes, all of them percent-encoded, has 12,295; a key in S3 has 1,024 bytes. */
export const longestUri = 16_384;
export const mostChunkImages = 100_000;

export const runIdSchema = z.string().regex(/^[0-9a-z][0-9a-z-]{7,63}$/);

const chunkFields = z.object({
  v: z.literal(1),
  run: runIdSchema,
  /** 0, or the number of the retry this belongs to. */
  generation: z.int().nonnegative(),
  /** Place of the chunk in the run, from 0; names its part. */
  seq: z.int().nonnegative(),
  /** Index of the chunk's first image. */
  first: z.int().nonnegative(),
  /** What all the URIs start with, stored once. */
  prefix: z.string(),
  /** The rest of each URI, in order. */
  rest: z.array(z.string()).min(1).max(mostChunkImages),
});
/** A URI that was cut when it was listed is one longer. */
export const chunkJobSchema = chunkFields.refine(
  ({ prefix, rest }) => rest.every(({ length }) => prefix.length + length <= longestUri + 1),
  'a URI is too long',
);
export type ChunkJob = z.infer<typeof chunkJobSchema>;

export function chunkJobId(run: string, seq: number, generation: number): string {
  return `${run}-${seq}-g${generation}`;
}

export function packChunk(
  run: string,
  generation: number,
  seq: number,
  first: number,
  uris: readonly string[],
): ChunkJob {
  const prefix = commonPrefix(uris);
  return { v: 1, run, generation, seq, first, prefix, rest: uris.map((uri) => uri.slice(prefix.length)) };
}

/** The chunk's URIs, whole and in order. */
export function chunkUris(job: ChunkJob): string[] {
  return job.rest.map((rest) => job.prefix + rest);
}

function commonPrefix(uris: readonly string[]): string {
  let prefix = uris[0] ?? '';
  for (const uri of uris) {
    // Nearly always true: after a few URIs the prefix is as short as it gets.
    if (uri.startsWith(prefix)) continue;
    let same = 0;
    while (uri.charCodeAt(same) === prefix.charCodeAt(same)) same++;
    prefix = prefix.slice(0, same);
  }
  // A cut between the halves of a surrogate pair would not survive UTF-8.
  const last = prefix.charCodeAt(prefix.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? prefix.slice(0, -1) : prefix;
}
