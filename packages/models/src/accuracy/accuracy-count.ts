/** Counts how often a classifier is right, over all images and class by class, and what it takes for what. */
import type { BundleManifest } from '../bundle-schema.ts';
import { type Proportion, proportion } from './wilson.ts';

export interface ClassAccuracy {
  readonly id: string;
  readonly label: string;
  readonly images: number;
  readonly top1: number;
  readonly top5: number;
  /** What its images were taken for instead, most often first. */
  readonly takenFor: readonly { readonly id: string; readonly label: string; readonly images: number }[];
}

/** Images of class `truth` whose best class was `predicted`, another one. */
export interface Confusion {
  readonly truth: string;
  readonly predicted: string;
  readonly images: number;
}

export interface Accuracy {
  readonly images: number;
  readonly top1: Proportion;
  /** Null where the model has five classes or fewer, so that all are among its best five. */
  readonly top5: Proportion | null;
  /** Classes with images, by index. */
  readonly classes: readonly ClassAccuracy[];
  /** Most frequent first. */
  readonly confusions: readonly Confusion[];
}

interface ClassCount {
  images: number;
  top1: number;
  top5: number;
  readonly takenFor: Map<number, number>;
}

export class AccuracyCount {
  readonly #classes: BundleManifest['classes'];
  readonly #counts = new Map<number, ClassCount>();

  constructor(classes: BundleManifest['classes']) {
    this.#classes = classes;
  }

  /** @param ranked class indices, best first; at least five where the model has as many */
  add(truth: number, ranked: readonly number[]): void {
    const count = this.#counts.get(truth) ?? { images: 0, top1: 0, top5: 0, takenFor: new Map() };
    this.#counts.set(truth, count);
    const rank = ranked.indexOf(truth);
    const best = ranked[0]!;
    count.images++;
    if (rank === 0) count.top1++;
    else count.takenFor.set(best, (count.takenFor.get(best) ?? 0) + 1);
    if (rank >= 0 && rank < 5) count.top5++;
  }

  get images(): number {
    return this.#sum(({ images }) => images);
  }

  /** Of at least one image. */
  result(): Accuracy {
    const counts = [...this.#counts].sort(([a], [b]) => a - b);
    const images = this.images;
    const top5 = this.#sum((count) => count.top5);
    const confusions = counts.flatMap(([truth, { takenFor }]) =>
      mostFirst(takenFor).map(([predicted, images]) => ({
        truth: this.#class(truth).id,
        predicted: this.#class(predicted).id,
        images,
      })),
    );
    return {
      images,
      top1: proportion(
        this.#sum((count) => count.top1),
        images,
      ),
      top5: this.#classes.length > 5 ? proportion(top5, images) : null,
      classes: counts.map(([index, { takenFor, ...count }]) => ({
        ...this.#class(index),
        ...count,
        takenFor: mostFirst(takenFor).map(([other, images]) => ({ ...this.#class(other), images })),
      })),
      confusions: confusions.sort((a, b) => b.images - a.images),
    };
  }

  #sum(of: (count: ClassCount) => number): number {
    return this.#counts.values().reduce((sum, count) => sum + of(count), 0);
  }

  #class(index: number): { id: string; label: string } {
    return this.#classes[index]!;
  }
}

/** By count, then by class index. */
function mostFirst(counts: ReadonlyMap<number, number>): [number, number][] {
  return [...counts].sort(([a, x], [b, y]) => y - x || a - b);
}
