/** Images per second over the last ten seconds, so that it follows changes and does not jump. */
export class RateMeter {
  readonly #seen: { at: number; done: number }[] = [];
  readonly #windowMs = 10_000;

  /** Notes the count at `now` (ms) and returns the present rate; 0 until there is one. */
  rate(done: number, now: number): number {
    const seen = this.#seen;
    if (seen.at(-1)?.done !== done || seen.length === 1) seen.push({ at: now, done });
    while (seen.length > 2 && now - (seen[1]?.at ?? now) > this.#windowMs) seen.shift();
    const first = seen[0];
    if (first === undefined || now <= first.at) return 0;
    return (done - first.done) / ((now - first.at) / 1000);
  }
}
