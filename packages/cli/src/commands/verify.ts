import { exitStatus } from '@labelmill/shared/errors';
import { verifyRun } from '@labelmill/shared/run/verify';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { carriedCounts } from '../terminal/carried-counts.ts';
import { Progress } from '../terminal/progress.ts';
import type { CommandContext } from './context.ts';
import { runFolderOf } from './run-folder-of.ts';

/** Differences printed in full; `--json` gives all. */
const mostLines = 20;

/** `labelmill verify RUN`: recounts every part against the manifest from the store alone. */
export async function verify(
  name: string,
  options: { out: string; json?: boolean },
  context: CommandContext,
): Promise<void> {
  const { console, settings, exit } = context;
  await using stores = openOperatorStores(settings.stores);
  const folder = runFolderOf(name, options.out, context.cwd);
  let images = 0;
  using progress = new Progress(console, () => ({
    done: images,
    errors: 0,
    total: images,
    totalIsFinal: false,
  }));
  const { run, differences, ...counts } = await verifyRun(stores, folder, (now) => {
    images = now;
  });
  progress[Symbol.dispose]();
  if (options.json) console.out(JSON.stringify({ run: run.id, folder, ...counts, differences }));
  else {
    console.out(
      `${run.id}: ${counts.listed} images listed, ${counts.ok} ok + ${counts.error} errors recorded${carriedCounts(counts)}`,
    );
    for (const { message } of differences.slice(0, mostLines)) console.out(`  ${message}`);
    if (differences.length > mostLines)
      console.out(`  and ${differences.length - mostLines} more (--json lists all)`);
    console.out(
      differences.length === 0
        ? 'exactly one record for each image; the account is closed'
        : `${differences.length} differences`,
    );
  }
  if (differences.length > 0) exit(exitStatus.incomplete);
  else exit(counts.error > 0 ? exitStatus.completeWithErrors : exitStatus.complete);
}
