/**
 * Watches runs as they go on: those that Redis says are in work, so that their history is there when someone comes to
 * look, and those that someone looks at.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@labelmill/shared/errors';
import type { Logger } from '@labelmill/shared/logging';
import type { RunView, Sample } from '../api-schema.ts';
import type { ServerEvent } from '../routes/event-stream.ts';
import type { KnownRun, RunCatalogue } from './run-catalogue.ts';
import type { RunViews } from './run-views.ts';
import { SampleSeries } from './sample-series.ts';

const lookEveryMs = 1_000;
/** Samples of this many runs are kept, the latest. */
const mostSeries = 64;

type Listener = (view: RunView) => void;

export class LiveRuns implements AsyncDisposable {
  readonly #catalogue: RunCatalogue;
  readonly #views: RunViews;
  readonly #log: Logger;
  readonly #series = new Map<string, SampleSeries>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #closed = new AbortController();
  readonly #looking: Promise<void>;

  constructor(catalogue: RunCatalogue, views: RunViews, log: Logger) {
    this.#catalogue = catalogue;
    this.#views = views;
    this.#log = log;
    this.#looking = this.#look();
  }

  samples({ id }: KnownRun): Sample[] {
    return [...(this.#series.get(id)?.all ?? [])];
  }

  /** The run as it is now, and then whenever it changed. Ends with the signal, and when this is disposed. */
  async *follow(run: KnownRun, signal: AbortSignal): AsyncGenerator<ServerEvent> {
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    let newest: RunView | null = await this.#views.view(run);
    let wake = () => {};
    const listener: Listener = (view) => {
      newest = view;
      wake();
    };
    const listeners = this.#listeners.get(run.id) ?? new Set();
    this.#listeners.set(run.id, listeners.add(listener));
    ended.addEventListener('abort', () => wake());
    try {
      for (let shown = ''; !ended.aborted; ) {
        const text = JSON.stringify(newest);
        if (text !== shown) {
          shown = text;
          yield { event: 'run', data: { run: newest, sample: this.#series.get(run.id)?.all.at(-1) ?? null } };
          continue;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (ended.aborted) resolve();
        });
      }
    } finally {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(run.id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      try {
        await Promise.all((await this.#active()).map((run) => this.#sampleOrSay(run)));
      } catch (error) {
        // Redis or the store is away: the next look may find it again.
        this.#log.warn({ err: messageOf(error) }, 'cannot look at the runs');
      }
      await delay(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  async #active(): Promise<KnownRun[]> {
    const followed = [...this.#listeners.keys()];
    if (!this.#views.hasRedis) return followed.map((id) => this.#catalogue.run(id));
    const inWork = await Promise.all(
      (await this.#catalogue.ids()).slice(0, mostSeries).map(async (id) => {
        const account = await this.#views.account(id);
        return account?.state === 'listing' || account?.state === 'running' ? [id] : [];
      }),
    );
    return [...new Set([...followed, ...inWork.flat()])].map((id) => this.#catalogue.run(id));
  }

  /** One run's damaged folder keeps no other from being looked at. */
  async #sampleOrSay(run: KnownRun): Promise<void> {
    try {
      await this.#sample(run);
    } catch (error) {
      this.#log.warn({ run: run.id, err: messageOf(error) }, 'cannot look at a run');
    }
  }

  async #sample(run: KnownRun): Promise<void> {
    const view = await this.#views.view(run);
    if (view.ok !== null && view.error !== null) {
      const { ok, error, stages } = view;
      this.#seriesOf(run.id).add({ at: Date.now(), done: ok + error, error, stages });
    }
    for (const listener of this.#listeners.get(run.id) ?? []) listener(view);
  }

  #seriesOf(id: string): SampleSeries {
    const series = this.#series.get(id) ?? new SampleSeries();
    this.#series.delete(id);
    this.#series.set(id, series);
    if (this.#series.size > mostSeries) this.#series.delete(this.#series.keys().next().value ?? '');
    return series;
  }
}
