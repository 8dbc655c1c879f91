import { stripVTControlCharacters, styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import type { Console } from './console.ts';
import { duration } from './format.ts';
import { RateMeter } from './rate-meter.ts';
import { detailLines, type RunDetails } from './run-details.ts';

export interface ProgressState {
  /** Images that ended, ok or error. */
  readonly done: number;
  readonly errors: number;
  readonly total: number;
  /** False while the source is still being listed: the total grows. */
  readonly totalIsFinal: boolean;
  /** What is counted, where it is not images. */
  readonly unit?: string;
}

const redrawMs = 100;
/** Without a terminal, a plain line this often. */
const plainLineMs = 10_000;
const barWidth = 28;

/** Draws a line of progress: a bar, images/s, the time left and the error count; of a run, on a terminal, its details too. */
export class Progress implements Disposable {
  readonly #console: Console;
  readonly #state: () => ProgressState;
  readonly #details: (() => RunDetails) | null;
  readonly #meter = new RateMeter();
  readonly #timer: NodeJS.Timeout;
  readonly #draw: ReturnType<typeof createLogUpdate> | null;

  constructor(console: Console, state: () => ProgressState, details: (() => RunDetails) | null = null) {
    this.#console = console;
    this.#state = state;
    this.#details = details;
    this.#draw = console.screen === null ? null : createLogUpdate(console.screen);
    this.#timer = setInterval(() => this.#tick(), this.#draw === null ? plainLineMs : redrawMs);
    this.#timer.unref();
  }

  #tick(): void {
    const state = this.#state();
    if (this.#draw === null) {
      this.#console.note(stripVTControlCharacters(progressFigures(state, this.#meter, Date.now())));
      return;
    }
    const line = progressLine(state, this.#meter, Date.now());
    const details = this.#details?.();
    const more = details === undefined ? [] : detailLines(details, this.#console.screen?.columns ?? 80);
    this.#draw([line, ...more].join('\n'));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#draw?.clear();
    this.#draw?.done();
  }
}

/** A bar, and the figures behind it. */
export function progressLine(state: ProgressState, meter: RateMeter, now: number): string {
  const share = state.total === 0 ? 0 : state.done / state.total;
  const filled = Math.round(barWidth * Math.min(1, share));
  const bar = styleText('green', '█'.repeat(filled)) + styleText('dim', '░'.repeat(barWidth - filled));
  return `${bar} ${progressFigures(state, meter, now)}`;
}

/** How many of how many, the rate, the time left and the errors, with colours; pure but for the meter. */
function progressFigures(state: ProgressState, meter: RateMeter, now: number): string {
  const rate = meter.rate(state.done, now);
  const total = state.totalIsFinal ? String(state.total) : `${state.total}+`;
  const left = rate > 0 && state.totalIsFinal ? `${duration((state.total - state.done) / rate)} left` : '';
  const errors = state.errors > 0 ? styleText('yellow', `${state.errors} errors`) : '';
  const parts = [
    `${state.done}/${total}`,
    rate > 0 ? `${rate.toFixed(rate < 10 ? 1 : 0)} ${state.unit ?? 'images'}/s` : 'starting',
    left,
    errors,
  ];
  return parts.filter((part) => part !== '').join('  ');
}
