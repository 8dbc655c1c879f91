import type { Against } from '@labelmill/producer/changed/against';
import { type AskedOfRun, findAgainst } from '@labelmill/producer/changed/find-against';
import type { Stores } from '@labelmill/shared/store/stores';
import type { CommandContext } from './context.ts';
import { runFolderOf } from './run-folder-of.ts';

export interface AgainstOptions {
  readonly out: string;
  readonly only?: 'changed';
  readonly against?: string;
}

/**
 * The run that `--against` or `--only changed` means. Undefined, with a note that says why, where nothing can be
 * carried: then all is labelled.
 * @throws UsageError `not_complete` · `not_a_run`
 */
export async function chooseAgainst(
  { only, against: named, out }: AgainstOptions,
  asked: AskedOfRun,
  stores: Stores,
  { console, cwd }: Pick<CommandContext, 'console' | 'cwd'>,
): Promise<Against | undefined> {
  if (only === undefined && named === undefined) return undefined;
  const folder = named === undefined ? null : runFolderOf(named, out, cwd);
  const { against, note } = await findAgainst(folder, asked, stores);
  console.note(note);
  return against;
}
