import { compactFolder } from '@labelmill/shared/compact/compact-folder';
import { compactRun } from '@labelmill/shared/compact/compact-run';
import type { CompactFormat } from '@labelmill/shared/compact/record-encoder';
import { readRun } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { asTyped } from '../terminal/as-typed.ts';
import { Progress } from '../terminal/progress.ts';
import type { CommandContext } from './context.ts';
import { runFolderOf } from './run-folder-of.ts';

/** `labelmill compact RUN`: the parts of a complete run as few large files; told again, it goes on where it was. */
export async function compact(
  name: string,
  options: { out: string; format: CompactFormat; json?: boolean },
  context: CommandContext,
): Promise<void> {
  const { console, settings, stop } = context;
  await using stores = openOperatorStores(settings.stores);
  const folder = runFolderOf(name, options.out, context.cwd);
  const { format } = options;
  const state = { done: 0, total: 0 };
  using progress = new Progress(console, () => ({
    ...state,
    errors: 0,
    totalIsFinal: state.total > 0,
    unit: 'records',
  }));
  const { files, records } = await compactRun(stores, folder, {
    format,
    onProgress: (done, total) => Object.assign(state, { done, total }),
    signal: stop,
  });
  progress[Symbol.dispose]();
  const to = compactFolder.of(folder, format);
  const { emit, against } = await readRun(stores.for(folder), folder);
  if (emit.includes('features')) {
    const carried = against === undefined ? '' : ', those of carried images in the runs that run.json names';
    console.note(`features stay where they are: ${asTyped(runFolder.featuresFolder(folder))}${carried}`);
  }
  if (options.json) {
    console.out(JSON.stringify({ folder: to, format, records, files }));
    return;
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const size = `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
  console.out(
    `${records} records in ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${size}: ${asTyped(to)}`,
  );
}
