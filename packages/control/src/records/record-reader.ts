/** Reads records where the index says they lie. The parts that were read last stay in memory, within a bound. */
import { codeOf } from '@labelmill/shared/errors';
import { type LabelRecord, recordSchema } from '@labelmill/shared/schema/record';
import type { Stores } from '@labelmill/shared/store/stores';
import pMap from 'p-map';
import { PartLines } from './part-lines.ts';
import { readableLines } from './readable-lines.ts';

/** Parts read at once for one page: its records may lie in as many parts as it has, and those in memory are whole. */
const partsAtOnce = 8;
/** One part that is larger is still kept, alone. */
const mostPartBytes = 64 * 2 ** 20;

export type RecordPlace = {
  /** URI of the part. */
  readonly part: string;
  /** As the part says it. */
  readonly index: number;
} & (
  | { readonly start: number; readonly length: number }
  /** Of a carried record: a retry of the run that labelled it may move its bytes, but never its line. */
  | { readonly line: number }
);

interface KeptPart {
  readonly body: Promise<Uint8Array>;
  /** 0 while it is being read. */
  bytes: number;
}

export class RecordReader {
  readonly #stores: Stores;
  readonly #parts = new Map<string, KeptPart>();
  #bytes = 0;

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  /**
   * The records at these places, in order; null for one that is not there any more: its part was replaced, or the run
   * that it is carried from is gone.
   * @param version of the index: parts that were read for an earlier one are read again
   */
  async read(version: number, places: readonly (RecordPlace | null)[]): Promise<(LabelRecord | null)[]> {
    const ofPart = Map.groupBy(places.keys(), (at) => places[at]?.part ?? null);
    const found = new Array<LabelRecord | null>(places.length).fill(null);
    await pMap(
      ofPart,
      async ([part, wanted]) => {
        if (part === null) return;
        for (const at of wanted) {
          const place = places[at];
          if (place) found[at] = await this.#record(version, place);
        }
      },
      { concurrency: partsAtOnce },
    );
    return found;
  }

  async #record(version: number, place: RecordPlace): Promise<LabelRecord | null> {
    try {
      return recordIn(await this.#part(place.part, version), place);
    } catch (error) {
      if ('line' in place && codeOf(error) === 'not_found') return null;
      throw error;
    }
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
    const part: KeptPart = {
      body: this.#stores
        .for(uri)
        .read(uri)
        .then(({ body }) => readableLines(body, uri)),
      bytes: 0,
    };
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

function recordIn(part: Uint8Array, place: RecordPlace): LabelRecord | null {
  const line =
    'line' in place
      ? new PartLines(part).line(place.line)
      : Buffer.from(part.buffer, part.byteOffset, part.byteLength).subarray(
          place.start,
          place.start + place.length,
        );
  try {
    const record = recordSchema.parse(JSON.parse(line.toString('utf8')));
    return record.index === place.index ? record : null;
  } catch {
    return null;
  }
}
