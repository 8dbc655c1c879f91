/** What keeps two producers from listing one run. */
import { OutageError } from '@labelmill/shared/errors';
import type { RunInfo } from '@labelmill/shared/ledger/run-info';
import { createOnce } from '@labelmill/shared/run/create-once';
import { readIfThere } from '@labelmill/shared/run/run-files';
import type { Producing } from './produce.ts';
import { lostRun, supersededRun } from './stopped-run.ts';

/**
 * Creates a file of the listing. One that is there and holds the same is ours: its answer was lost on the way. Otherwise
 * another producer is at work, and the manifest has the images in its order.
 * @throws LabelmillError `superseded` where the run is the other's · OutageError `listed_elsewhere` where it is ours: what
 * the other still wrote counts, and is read by the next `produce`
 */
export async function writeOwn(
  { info, ledger, stores }: Producing,
  uri: string,
  body: Uint8Array,
): Promise<void> {
  const store = stores.for(info.folder);
  if ((await createOnce(store, uri, body, info.run)) === 'created') return;
  const there = await readIfThere(store, uri);
  if (there !== null && Buffer.compare(there, body) === 0) return;
  if ((await ledger.info(info.run.id))?.epoch !== info.epoch) throw supersededRun(info);
  throw new OutageError('listed_elsewhere', `another producer has just written ${uri}: its listing counts`);
}

/** @throws LabelmillError `superseded` · `ledger_lost` */
export function requireOwn(info: RunInfo, result: string): void {
  if (result === 'stale') throw supersededRun(info);
  if (result === 'unknown') throw lostRun(info);
}
