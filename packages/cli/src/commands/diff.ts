import { pairedRecords } from '@labelmill/producer/changed/paired-records';
import { recordsInOrder } from '@labelmill/producer/changed/records-in-order';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { diffLines } from '../diff/diff-lines.ts';
import { RunDiff } from '../diff/run-diff.ts';
import { Progress } from '../terminal/progress.ts';
import type { CommandContext } from './context.ts';
import { runFolderOf } from './run-folder-of.ts';

/** `labelmill diff A B`: what the second run says otherwise than the first. */
export async function diff(
  nameA: string,
  nameB: string,
  options: { readonly out: string; readonly confidence: number; readonly json?: boolean },
  { console, settings, cwd, stop }: CommandContext,
): Promise<void> {
  await using stores = openOperatorStores(settings.stores);
  const [a, b] = [runFolderOf(nameA, options.out, cwd), runFolderOf(nameB, options.out, cwd)];
  const found = new RunDiff(options.confidence);
  let done = 0;
  using progress = new Progress(console, () => ({ done, errors: 0, total: done, totalIsFinal: false }));
  const [first, second] = [a, b].map((folder) => recordsInOrder(stores, folder, settings.spoolFolder)) as [
    ReturnType<typeof recordsInOrder>,
    ReturnType<typeof recordsInOrder>,
  ];
  for await (const pair of pairedRecords(first, second)) {
    stop.throwIfAborted();
    found.add(pair);
    done++;
  }
  progress[Symbol.dispose]();
  const { counts, distance, drift, changed, uncertain } = found;
  if (options.json) console.out(JSON.stringify({ a, b, counts, distance, drift, changed, uncertain }));
  else for (const line of diffLines(found, options.confidence)) console.out(line);
}
