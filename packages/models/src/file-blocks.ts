/** Reads a range of a file, such as a tensor, in blocks that are aligned in memory wherever they lie in the file. */
import type { FileHandle } from 'node:fs/promises';
import { UsageError } from '@labelmill/shared/errors';

/** A multiple of every element's size, so that no number is cut in two. */
const blockBytes = 1 << 20;

export interface FileRange {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * The range's bytes in order. All blocks are the beginning of one buffer, which is filled anew for each.
 *
 * @throws UsageError `cut_file` if the file ends within the range.
 */
export async function* fileBlocks(
  file: FileHandle,
  { offset, bytes }: FileRange,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(Math.min(blockBytes, bytes));
  for (let done = 0; done < bytes; ) {
    const length = Math.min(blockBytes, bytes - done);
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await file.read(buffer, filled, length - filled, offset + done + filled);
      if (bytesRead === 0)
        throw new UsageError('cut_file', 'a weights file became shorter while it was read');
      filled += bytesRead;
    }
    yield buffer.subarray(0, length);
    done += length;
  }
}
