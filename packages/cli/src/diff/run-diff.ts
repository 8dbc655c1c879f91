import type { RecordPair } from '@labelmill/producer/changed/paired-records';
import type { Label, LabelRecord } from '@labelmill/shared/schema/record';

/** Of changed images and newly uncertain ones, so many are named; all are counted. */
export const mostNamed = 1000;

export interface ChangedImage {
  readonly uri: string;
  readonly from: Label;
  readonly to: Label;
}

export interface UncertainImage {
  readonly uri: string;
  readonly label: string;
  readonly score: number;
  /** Its best score in the first run; null where that run has no label for it. */
  readonly before: number | null;
}

export interface ClassDrift {
  readonly id: string;
  readonly label: string;
  /** Images whose best label this is. */
  readonly a: number;
  readonly b: number;
}

/** What two runs say of the same images, and of those that one of them has alone; added up pair by pair. */
export class RunDiff {
  readonly #confidence: number;
  readonly #classes = new Map<string, { label: string; a: number; b: number }>();
  readonly counts = {
    /** Images of both runs: `same` and `changed` best label, or an error record in one or both. */
    both: 0,
    same: 0,
    changed: 0,
    errorToOk: 0,
    okToError: 0,
    bothError: 0,
    onlyA: 0,
    onlyB: 0,
    /** Below the confidence in the second run, and not so in the first. */
    newlyUncertain: 0,
  };
  readonly changed: ChangedImage[] = [];
  readonly uncertain: UncertainImage[] = [];

  /** @param confidence best scores below this are low */
  constructor(confidence: number) {
    this.#confidence = confidence;
  }

  add({ a, b }: RecordPair): void {
    const [from, to] = [bestOf(a), bestOf(b)];
    this.#count(from, 'a');
    this.#count(to, 'b');
    if (b !== null) this.#compareScores(b.uri, from, to);
    if (a === null) this.counts.onlyB++;
    else if (b === null) this.counts.onlyA++;
    else this.#compare(a, b, from, to);
  }

  /** Classes whose number changed, those that changed most first. */
  get drift(): ClassDrift[] {
    return [...this.#classes]
      .filter(([, { a, b }]) => a !== b)
      .map(([id, counts]) => ({ id, ...counts }))
      .sort((x, y) => Math.abs(y.b - y.a) - Math.abs(x.b - x.a) || (x.id < y.id ? -1 : 1));
  }

  /**
   * Total variation distance of the two distributions over classes, from 0 to 1: ½ Σ |p − q|, the share of images that
   * would have to move. Null where one run has no labels.
   */
  get distance(): number | null {
    const classes = [...this.#classes.values()];
    const total = (run: 'a' | 'b') => classes.reduce((sum, counts) => sum + counts[run], 0);
    const [a, b] = [total('a'), total('b')];
    if (a === 0 || b === 0) return null;
    return classes.reduce((sum, counts) => sum + Math.abs(counts.a / a - counts.b / b), 0) / 2;
  }

  #compare(a: LabelRecord, b: LabelRecord, from: Label | undefined, to: Label | undefined): void {
    this.counts.both++;
    if (a.status === 'error' && b.status === 'error') this.counts.bothError++;
    else if (a.status === 'error') this.counts.errorToOk++;
    else if (b.status === 'error') this.counts.okToError++;
    else if (from?.id === to?.id) this.counts.same++;
    else {
      this.counts.changed++;
      if (from !== undefined && to !== undefined && this.changed.length < mostNamed)
        this.changed.push({ uri: b.uri, from, to });
    }
  }

  #compareScores(uri: string, from: Label | undefined, to: Label | undefined): void {
    if (to === undefined || to.score >= this.#confidence) return;
    if (from !== undefined && from.score < this.#confidence) return;
    this.counts.newlyUncertain++;
    const { label, score } = to;
    if (this.uncertain.length < mostNamed)
      this.uncertain.push({ uri, label, score, before: from?.score ?? null });
  }

  #count(best: Label | undefined, run: 'a' | 'b'): void {
    if (best === undefined) return;
    const counts = this.#classes.get(best.id) ?? { label: best.label, a: 0, b: 0 };
    counts[run]++;
    this.#classes.set(best.id, counts);
  }
}

function bestOf(record: LabelRecord | null): Label | undefined {
  return record?.status === 'ok' ? record.labels[0] : undefined;
}
