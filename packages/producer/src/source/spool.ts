import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Keeps what can be read only once (standard input) in a file named by its content: a producer that died can go on,
 * and the same input is recognised as the same source.
 * @returns the file's path
 */
export async function spool(
  input: AsyncIterable<Uint8Array>,
  format: string,
  folder: string,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unfinished = join(folder, `${randomUUID()}.part`);
  const hash = createHash('sha256');
  try {
    await pipeline(
      Readable.from(input),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(unfinished, { mode: 0o600 }),
    );
    const finished = join(folder, `${hash.digest('hex').slice(0, 32)}.${format}`);
    await rename(unfinished, finished);
    return finished;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
