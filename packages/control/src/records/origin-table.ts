import type { PartFormat } from '@labelmill/shared/schema/run';

/** A run that labelled images which another carries. */
export interface Origin {
  readonly run: string;
  /** URI, ending in `/`. */
  readonly folder: string;
  readonly chunkSize: number;
  readonly partFormat: PartFormat;
}

/** As many as 16 bits tell apart; 0 is none. */
const mostOrigins = 65_535;

/** The runs that hold the carried records of a run, numbered from 1 as they came. */
export class OriginTable {
  readonly #origins: Origin[];
  readonly #numbers = new Map<string, number>();

  constructor(origins: readonly Origin[] = []) {
    this.#origins = [...origins];
    for (const [place, { run }] of origins.entries()) this.#numbers.set(run, place + 1);
  }

  get all(): readonly Origin[] {
    return this.#origins;
  }

  /** 0 where nothing is carried from it. */
  numberOf(run: string): number {
    return this.#numbers.get(run) ?? 0;
  }

  /** @returns the number that it gets here; 0 where there are too many */
  add(origin: Origin): number {
    if (this.#origins.length >= mostOrigins) return 0;
    this.#origins.push(origin);
    this.#numbers.set(origin.run, this.#origins.length);
    return this.#origins.length;
  }

  at(number: number): Origin | null {
    return this.#origins[number - 1] ?? null;
  }
}
