import { type FileHandle, open } from 'node:fs/promises';

/** One number for each image, on disk at its index: as rows are, for what only a comparison needs. */
export class ColumnFile<T extends Float64Array | Uint32Array> implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #make: (length: number) => T;

  private constructor(file: FileHandle, make: (length: number) => T) {
    this.#file = file;
    this.#make = make;
  }

  static async open<T extends Float64Array | Uint32Array>(
    path: string,
    flags: 'w+' | 'r',
    make: (length: number) => T,
  ): Promise<ColumnFile<T>> {
    return new ColumnFile(await open(path, flags), make);
  }

  /** Numbers from `from` on; those that were never written are 0. */
  async read(from: number, count: number): Promise<T> {
    const values = this.#make(count);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    await this.#file.read(bytes, 0, bytes.length, from * values.BYTES_PER_ELEMENT);
    return values;
  }

  async write(from: number, values: T): Promise<void> {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    await this.#file.write(bytes, 0, bytes.length, from * values.BYTES_PER_ELEMENT);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
