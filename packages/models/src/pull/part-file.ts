/** A download as far as it has come, on disk, with the checksum of what is there. */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { writeError } from '@labelmill/shared/store/file-errors';
import { fileUriOf } from '@labelmill/shared/store/file-uri';

const readBytes = 1 << 20;

/** Bytes are appended in order; the file stays when it is closed, to be resumed. */
export class PartFile implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  #hash: Hash = createHash('sha256');
  #bytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Opens or makes the file; reads what is there once, for the checksum. Throws as `append` does. */
  static async open(path: string, signal: AbortSignal | undefined): Promise<PartFile> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT).catch((error) => {
      throw writeError(error, fileUriOf(Buffer.from(path)));
    });
    const part = new PartFile(path, file);
    try {
      await part.#hashWhatIsThere(signal);
      return part;
    } catch (error) {
      await part[Symbol.asyncDispose]();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Of the bytes so far, in hex. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** @throws OutageError `disk_full`, and as `writeError` does; what was written before stays. */
  async append(block: Uint8Array): Promise<void> {
    await this.#writing(async () => {
      for (let from = 0; from < block.length; ) {
        const { bytesWritten } = await this.#file.write(block, from, block.length - from, this.#bytes + from);
        from += bytesWritten;
      }
    });
    this.#hash.update(block);
    this.#bytes += block.length;
  }

  /** Forgets what is there. */
  async restart(): Promise<void> {
    await this.#writing(() => this.#file.truncate(0));
    this.#hash = createHash('sha256');
    this.#bytes = 0;
  }

  /** Gives the finished file its name, durably. */
  async moveTo(path: string): Promise<void> {
    await this.#writing(async () => {
      await this.#file.sync();
      await rename(this.#path, path);
    });
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #hashWhatIsThere(signal: AbortSignal | undefined): Promise<void> {
    const buffer = Buffer.allocUnsafe(readBytes);
    // Up to the size, not to the end: what has no size, such as a device, has nothing to resume.
    const { size } = await this.#file.stat();
    while (this.#bytes < size) {
      signal?.throwIfAborted();
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#bytes);
      if (bytesRead === 0) return;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#bytes += bytesRead;
    }
  }

  async #writing(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      throw writeError(error, fileUriOf(Buffer.from(this.#path)));
    }
  }
}
