/** What an autoscaler asks: how many workers a bundle's queue needs for its runs to end in time, as the ledger stands. */
import type { Account } from '../ledger/account.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { measuredRate } from './measured-rate.ts';
import { type OpenRun, workersInTime } from './workers-in-time.ts';

export interface WorkersWanted {
  /** 0 where the queue's length should count: a run without a wished-for end has images left, or none has any. */
  readonly workers: number;
  readonly imagesLeft: number;
  /** Of one worker: of the newest run of this bundle that has been measured. */
  readonly imagesPerSecond: number | null;
}

/** @param bundle a queue's name, such as `vgg16-fp16` */
export async function workersWanted(ledger: Ledger, bundle: string, nowMs: number): Promise<WorkersWanted> {
  const runs: { account: Account; finishBy: string | undefined }[] = [];
  for (const id of await ledger.runs()) {
    const [account, info] = await Promise.all([ledger.account(id), ledger.info(id)]);
    if (account === null || info?.run.bundle.name !== bundle) continue;
    runs.push({ account, finishBy: info.run.finishBy });
  }
  const rates = runs.map(({ account }) => measuredRate(account.stages));
  const imagesPerSecond = rates.find((rate) => rate !== null) ?? null;
  const open = runs.flatMap(({ account, finishBy }, place): OpenRun[] => {
    const { state, images, ok, error } = account;
    if (state !== 'listing' && state !== 'running') return [];
    return [
      {
        imagesLeft: images - ok - error,
        finishByMs: finishBy === undefined ? null : Date.parse(finishBy),
        imagesPerSecond: rates[place] ?? imagesPerSecond,
      },
    ];
  });
  return {
    workers: workersInTime(open, nowMs) ?? 0,
    imagesLeft: open.reduce((sum, run) => sum + run.imagesLeft, 0),
    imagesPerSecond,
  };
}
