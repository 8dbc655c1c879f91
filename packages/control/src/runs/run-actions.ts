/** What someone may do to runs from the page. All of it is what the command line does, over the same Redis. */

import { findAgainst } from '@labelmill/producer/changed/find-against';
import type { RunRequest } from '@labelmill/producer/create-run';
import type { Producer } from '@labelmill/producer/producer';
import type { ProducerRun } from '@labelmill/producer/producer-run';
import { messageOf } from '@labelmill/shared/errors';
import type { Logger } from '@labelmill/shared/logging';
import { beginRetry } from '@labelmill/shared/run/begin-retry';
import type { ErrorSelector } from '@labelmill/shared/run/retry';
import type { Stores } from '@labelmill/shared/store/stores';
import type { StartBody } from '../action-schema.ts';
import type { Started } from '../api-schema.ts';
import { HttpProblem } from '../problem.ts';
import type { KnownRun } from './run-catalogue.ts';

/** Finds the bundle and the source that a request names. Throws UsageError. */
export type OpenRequest = (body: StartBody) => Promise<Pick<RunRequest, 'bundle' | 'source' | 'output'>>;

export class RunActions implements AsyncDisposable {
  readonly #producer: Producer;
  readonly #stores: Stores;
  readonly #openRequest: OpenRequest;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  readonly #listing = new Set<Promise<void>>();

  constructor(producer: Producer, stores: Stores, openRequest: OpenRequest, log: Logger) {
    this.#producer = producer;
    this.#stores = stores;
    this.#openRequest = openRequest;
    this.#log = log;
  }

  /**
   * Lists a source in this process; a server that ends leaves a run that `resume` takes up.
   * @param earlier run to compare with; null: with `only`, the newest complete run of the source
   * @throws UsageError `not_complete` · `not_a_run`, or as `openRequest` and `Producer.start` do
   */
  async start(body: StartBody, earlier: KnownRun | null): Promise<Started> {
    const { topK, chunkSize, maxErrorRate, only, format: partFormat } = body;
    const asked = { ...(await this.#openRequest(body)), topK, emit: ['labels'], decode: 'exact' } as const;
    const { against, note } =
      earlier === null && only === undefined
        ? { against: undefined, note: null }
        : await findAgainst(earlier?.folder ?? null, asked, this.#stores);
    const request = { ...asked, chunkSize, maxErrorRate, partFormat, against };
    const run = this.#goOn(await this.#producer.start(request, this.#stop.signal));
    return { run, against: against?.run.id ?? null, note };
  }

  /** @throws HttpProblem `already_complete` · `unknown_run` */
  async hold({ id }: KnownRun, state: 'paused' | 'cancelled'): Promise<void> {
    const { ledger } = this.#producer;
    if ((await ledger.account(id)) === null)
      throw new HttpProblem(404, 'unknown_run', `this Redis knows no run ${id}: resume brings it back`);
    if (!(await ledger.hold(id, state)))
      throw new HttpProblem(409, 'already_complete', `run ${id} is complete`);
  }

  /** A run that someone paused goes on where it was; any other is taken up from its folder. */
  async resume({ id, folder }: KnownRun, maxErrorRate: number | undefined): Promise<void> {
    const account = await this.#producer.ledger.account(id);
    if (account?.state === 'complete')
      throw new HttpProblem(409, 'already_complete', `run ${id} is complete`);
    if (account?.state === 'paused' && account.why === null && maxErrorRate === undefined)
      await this.#producer.ledger.hold(id, null);
    else this.#goOn(await this.#producer.resume(folder, this.#stop.signal, { maxErrorRate }));
  }

  /** @returns images that are labelled again; 0: none is meant, and nothing has changed */
  async retry({ folder }: KnownRun, errors: ErrorSelector): Promise<number> {
    const plan = await beginRetry(this.#stores.for(folder), folder, errors);
    if (plan === null) return 0;
    this.#goOn(await this.#producer.resume(folder, this.#stop.signal));
    return plan.images;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#listing);
    await this.#producer[Symbol.asyncDispose]();
  }

  #goOn(run: ProducerRun): string {
    const { id } = run.info.run;
    const closed = run
      .closed()
      .then(() => {})
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#log.warn({ run: id, err: messageOf(error) }, 'run stopped');
      })
      .finally(() => this.#listing.delete(closed));
    this.#listing.add(closed);
    return id;
  }
}
