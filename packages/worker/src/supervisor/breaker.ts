/**
 * The circuit breaker over all chunks of a worker: when the surroundings fail (storage, network, credentials, disk, an
 * engine that cannot start), taking more chunks would only move them around. So it opens after a few chunks in a row
 * came back for an outage; from then on one chunk at a time is taken as a probe, and the first that gets through closes it.
 */

export type BreakerState = 'closed' | 'open' | 'probing';

export interface BreakerActions {
  /** Stop taking chunks. */
  readonly open: (probeInMs: number) => void;
  /** Take one chunk. */
  readonly probe: () => void;
  /** Take as many as before. */
  readonly close: () => void;
}

/** One chunk may meet what is its own; two in a row with nothing done in between are the surroundings. */
export const opensAfter = 2;
/** The first probe comes soon, because most outages are short; the last ones still find out within seconds. */
export const probeDelaysMs = [2_000, 4_000, 8_000, 10_000] as const;

export class Breaker implements Disposable {
  readonly #actions: BreakerActions;
  #state: BreakerState = 'closed';
  #outages = 0;
  #probes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(actions: BreakerActions) {
    this.#actions = actions;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** A chunk came back because the surroundings failed. */
  outage(): void {
    this.#outages++;
    // While it is open, chunks that were taken before still come back: they say nothing new.
    if (this.#state === 'open' || (this.#state === 'closed' && this.#outages < opensAfter)) return;
    const delay = probeDelaysMs[Math.min(this.#probes, probeDelaysMs.length - 1)] ?? 0;
    this.#probes++;
    this.#state = 'open';
    this.#actions.open(delay);
    this.#timer = setTimeout(() => {
      this.#state = 'probing';
      this.#actions.probe();
    }, delay);
    this.#timer.unref();
  }

  /** A chunk got through. */
  success(): void {
    this.#outages = 0;
    this.#probes = 0;
    if (this.#state === 'closed') return;
    clearTimeout(this.#timer);
    this.#state = 'closed';
    this.#actions.close();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
