/** Reads records where the index says they lie. The parts that were read last stay in memory, within a bound. */
import { runFolder } from '@labelmill/shared/run/run-folder';
import { type LabelRecord, recordSchema } from '@labelmill/shared/schema/record';
import type { ObjectStore } from '@labelmill/shared/store/object-store';

/** One part that is larger is still kept, alone. */
const mostPartBytes = 64 * 2 ** 20;

export interface RecordPlace {
  readonly index: number;
  readonly start: number;
  readonly length: number;
}

interface KeptPart {
  readonly body: Promise<Uint8Array>;
  /** 0 while it is being read. */
  bytes: number;
}

export class RecordReader {
  readonly #store: ObjectStore;
  readonly #parts = new Map<string, KeptPart>();
  #bytes = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /**
   * The records at these places, in order; null for one that is not there any more: its part was replaced.
   * @param version of the index: parts that were read for an earlier one are read again
   */
  async read(
    folder: string,
    chunkSize: number,
    version: number,
    places: readonly RecordPlace[],
  ): Promise<(LabelRecord | null)[]> {
    return Promise.all(
      places.map(async ({ index, start, length }) => {
        const part = await this.#part(runFolder.part(folder, Math.floor(index / chunkSize)), version);
        return recordIn(part, index, start, length);
      }),
    );
  }

  /** Read once, however many ask for it meanwhile. */
  #part(uri: string, version: number): Promise<Uint8Array> {
    const key = `${version} ${uri}`;
    const known = this.#parts.get(key);
    if (known !== undefined) {
      this.#parts.delete(key);
      this.#parts.set(key, known);
      return known.body;
    }
    const part: KeptPart = { body: this.#store.read(uri).then(({ body }) => body), bytes: 0 };
    this.#parts.set(key, part);
    part.body.then(
      ({ length }) => {
        if (this.#parts.get(key) !== part) return;
        part.bytes = length;
        this.#bytes += length;
        this.#evict();
      },
      () => this.#parts.delete(key),
    );
    return part.body;
  }

  #evict(): void {
    for (const [key, part] of this.#parts) {
      if (this.#bytes <= mostPartBytes || this.#parts.size === 1) return;
      this.#parts.delete(key);
      this.#bytes -= part.bytes;
    }
  }
}

function recordIn(part: Uint8Array, index: number, start: number, length: number): LabelRecord | null {
  const line = Buffer.from(
    part.buffer,
    part.byteOffset + start,
    Math.min(length, Math.max(0, part.length - start)),
  );
  try {
    const record = recordSchema.parse(JSON.parse(line.toString('utf8')));
    return record.index === index ? record : null;
  } catch {
    return null;
  }
}
