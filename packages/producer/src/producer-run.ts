import { setTimeout as delay } from 'node:timers/promises';
import { LabelmillError } from '@labelmill/shared/errors';
import type { Account } from '@labelmill/shared/ledger/account';
import type { RunInfo } from '@labelmill/shared/ledger/run-info';
import { readSummary } from '@labelmill/shared/run/run-files';
import type { Summary } from '@labelmill/shared/schema/run';
import { outlast } from '@labelmill/shared/store/outlast';
import { type Producing, produce, sweep } from './produce.ts';
import { lostRun, stoppedRun } from './stopped-run.ts';

const pollMs = 200;
/** With nothing counted for this long, chunks that are neither counted nor queued are looked for. */
const sweepAfterMs = 30_000;

/** A run that this process lists and enqueues. */
export class ProducerRun {
  readonly info: RunInfo;
  /** Settles when everything is listed and enqueued. */
  readonly listed: Promise<void>;
  readonly #producing: Producing;
  readonly #signal: AbortSignal;

  constructor(producing: Producing, signal: AbortSignal) {
    this.info = producing.info;
    this.#producing = producing;
    this.#signal = signal;
    // What a program hands in can be read only once.
    this.listed =
      producing.source.spec.kind === 'stream'
        ? produce(producing, signal)
        : this.#outlast(() => produce(producing, signal));
    // Whoever awaits `listed` or `closed()` gets the error; until then it is not unhandled.
    this.listed.catch(() => {});
  }

  account(): Promise<Account | null> {
    return this.#producing.ledger.account(this.info.run.id);
  }

  /**
   * Waits until the account is closed.
   * @param onAccount called at every look, for progress
   * @throws LabelmillError `cancelled` · `error_rate` · `ledger_lost` · `superseded`; what listing throws
   */
  async closed(onAccount: (account: Account) => void = () => {}): Promise<Summary> {
    let failure: unknown;
    this.listed.catch((error: unknown) => {
      failure = error;
    });
    let [doneChunks, doneAt] = [-1, Date.now()];
    for (;;) {
      if (failure !== undefined) throw failure;
      const account = await this.account();
      if (account === null) throw lostRun(this.info);
      onAccount(account);
      if (account.state === 'complete') return this.#outlast(() => this.#summary());
      const stopped = stoppedRun(account, this.info);
      if (stopped !== null) throw stopped;
      if (account.doneChunks !== doneChunks) [doneChunks, doneAt] = [account.doneChunks, Date.now()];
      else if (account.listed && Date.now() - doneAt > sweepAfterMs) {
        await this.#outlast(() => sweep(this.#producing));
        doneAt = Date.now();
      }
      await delay(pollMs, undefined, { signal: this.#signal });
    }
  }

  #outlast<T>(attempt: () => Promise<T>): Promise<T> {
    return outlast(attempt, this.#signal, this.#producing.onOutage);
  }

  async #summary(): Promise<Summary> {
    const { stores, info } = this.#producing;
    const summary = await readSummary(stores.for(info.folder), info.folder);
    if (summary === null)
      throw new LabelmillError('missing_summary', `${info.folder} is complete but has no summary.json`);
    return summary;
  }
}
