/**
 * Chunks kept at hand. Carried images come in the order of their URIs, and so mostly in that of the chunks that they were
 * labelled in.
 */
const mostChunks = 16;

/** What was read of a run's chunks, as long as it is among those that were wanted last. */
export class RecentChunks<T extends object> {
  /** The one that was wanted last at the end. */
  readonly #chunks = new Map<string, T>();

  /** @param read called where the chunk of this name is not at hand */
  async get(name: string, read: () => Promise<T>): Promise<T> {
    const chunk = this.#chunks.get(name) ?? (await read());
    this.#chunks.delete(name);
    this.#chunks.set(name, chunk);
    for (const [oldest] of this.#chunks) {
      if (this.#chunks.size <= mostChunks) break;
      this.#chunks.delete(oldest);
    }
    return chunk;
  }
}
