import type { Bundle } from '@labelmill/models/bundle-schema';
import { type Against, whyAllAgain } from '@labelmill/producer/changed/against';
import type { Source } from '@labelmill/producer/source/source';
import { readRun, requireComplete } from '@labelmill/shared/run/run-files';
import type { DecodeMode, Emit } from '@labelmill/shared/schema/run';
import type { Stores } from '@labelmill/shared/store/stores';
import { newestComplete } from '../local/find-run.ts';
import type { CommandContext } from './context.ts';
import { runFolderOf } from './run-folder-of.ts';

export interface AgainstOptions {
  readonly out: string;
  readonly only?: 'changed';
  readonly against?: string;
}

interface Asked {
  readonly source: Source;
  readonly bundle: Bundle;
  readonly output: string;
  readonly topK: number;
  readonly emit: readonly Emit[];
  readonly decode: DecodeMode;
}

/**
 * The run that `--against` or `--only changed` means. Undefined, with a note that says why, where nothing can be
 * carried: then all is labelled.
 * @throws UsageError `not_complete` · `not_a_run`
 */
export async function chooseAgainst(
  options: AgainstOptions,
  asked: Asked,
  stores: Stores,
  { console, cwd }: Pick<CommandContext, 'console' | 'cwd'>,
): Promise<Against | undefined> {
  const { only, against } = options;
  if (only === undefined && against === undefined) return undefined;
  const found =
    against === undefined
      ? await newestComplete(asked.output, asked.source.spec, stores)
      : await namedRun(runFolderOf(against, options.out, cwd), stores);
  if (found === null) {
    console.note('no complete run of this source is there yet: labelling all of it');
    return undefined;
  }
  const why = whyAllAgain(found, asked);
  if (why !== null) {
    console.note(`nothing is carried from run ${found.run.id}, because ${why}: labelling all of it`);
    return undefined;
  }
  console.note(`labelling what has changed since run ${found.run.id}`);
  return found;
}

async function namedRun(folder: string, stores: Stores): Promise<Against> {
  const store = stores.for(folder);
  const run = await readRun(store, folder);
  await requireComplete(store, folder);
  return { run, folder };
}
