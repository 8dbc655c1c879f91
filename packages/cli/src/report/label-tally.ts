/** What a run's records say by label: how many images it is the best label of, and which of them most and least surely. */
import type { LabelRecord } from '@labelmill/shared/schema/record';

/** One image under its best label. */
export interface LabelledImage {
  readonly index: number;
  readonly uri: string;
  readonly version: string | undefined;
  readonly score: number;
}

export interface LabelCount {
  readonly id: string;
  readonly label: string;
  readonly images: number;
  /** Best score first. */
  readonly surest: readonly LabelledImage[];
  /** Lowest score first; none that is among `surest`. */
  readonly unsurest: readonly LabelledImage[];
}

interface Tally {
  readonly id: string;
  readonly label: string;
  images: number;
  readonly surest: Ranking;
  readonly unsurest: Ranking;
}

/** Takes records in any order, and gives the same for each: equal scores are ordered by index. */
export class LabelTally {
  readonly #tallies = new Map<string, Tally>();
  readonly #kept: number;

  /** @param kept images of each end of a label's range */
  constructor(kept: number) {
    this.#kept = kept;
  }

  add(record: LabelRecord): void {
    if (record.status === 'error') return;
    const [best] = record.labels;
    if (best === undefined) return;
    const { id, label, score } = best;
    let tally = this.#tallies.get(id);
    if (tally === undefined) {
      tally = {
        id,
        label,
        images: 0,
        surest: new Ranking(this.#kept, -1),
        unsurest: new Ranking(this.#kept, 1),
      };
      this.#tallies.set(id, tally);
    }
    tally.images++;
    const image = { index: record.index, uri: record.uri, version: record.version, score };
    tally.surest.add(image);
    tally.unsurest.add(image);
  }

  /** Most images first. */
  result(): LabelCount[] {
    return [...this.#tallies.values()]
      .map(({ id, label, images, surest, unsurest }) => {
        const sure = new Set(surest.images.map(({ index }) => index));
        return {
          id,
          label,
          images,
          surest: surest.images,
          unsurest: unsurest.images.filter(({ index }) => !sure.has(index)),
        };
      })
      .sort((a, b) => b.images - a.images || (a.id < b.id ? -1 : 1));
  }
}

/** The first few images by score. */
class Ranking {
  readonly images: LabelledImage[] = [];
  readonly #most: number;
  readonly #direction: 1 | -1;

  /** @param direction 1: lowest score first · -1: highest first */
  constructor(most: number, direction: 1 | -1) {
    this.#most = most;
    this.#direction = direction;
  }

  add(image: LabelledImage): void {
    const last = this.images.at(-1);
    if (this.images.length === this.#most && last !== undefined && !this.#before(image, last)) return;
    const place = this.images.findIndex((other) => this.#before(image, other));
    this.images.splice(place < 0 ? this.images.length : place, 0, image);
    if (this.images.length > this.#most) this.images.pop();
  }

  #before(a: LabelledImage, b: LabelledImage): boolean {
    return (this.#direction * (a.score - b.score) || a.index - b.index) < 0;
  }
}
