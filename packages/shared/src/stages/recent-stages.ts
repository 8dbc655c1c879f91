import { addStages, noStages, type StageField, type StageTotals } from './stage-totals.ts';

/** However often somebody looks, no more looks than this are kept. */
const mostLooks = 60;

/** Of totals that only grow, what came in the last while, as far as they were looked at. */
export class RecentStages {
  readonly #windowMs: number;
  readonly #clock: () => number;
  /** Oldest first. */
  readonly #looks: { readonly atMs: number; readonly totals: StageTotals }[];

  constructor(windowMs: number, clock = () => performance.now()) {
    this.#windowMs = windowMs;
    this.#clock = clock;
    this.#looks = [{ atMs: clock(), totals: noStages() }];
  }

  /** @returns `totals` less those of the newest look that is as old as the window, or of the start */
  since(totals: StageTotals): StageTotals {
    const atMs = this.#clock();
    while (atMs - (this.#looks[1]?.atMs ?? atMs) >= this.#windowMs) this.#looks.shift();
    const recent = noStages();
    addStages(recent, totals);
    for (const [field, value] of Object.entries(this.#looks[0]?.totals ?? {}))
      recent[field as StageField] -= value;
    if (atMs - (this.#looks.at(-1)?.atMs ?? 0) >= this.#windowMs / mostLooks)
      this.#looks.push({ atMs, totals });
    return recent;
  }
}
