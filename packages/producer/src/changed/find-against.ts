/** The earlier run that a new one is compared with, as its user names it: for the command line, schedules and the page. */
import type { Bundle } from '@labelmill/models/bundle-schema';
import { isComplete, readRun, requireComplete } from '@labelmill/shared/run/run-files';
import { readRunIfAny } from '@labelmill/shared/run/run-if-any';
import type { DecodeMode, Emit, SourceSpec } from '@labelmill/shared/schema/run';
import type { Stores } from '@labelmill/shared/store/stores';
import { sameSource } from '../create-run.ts';
import type { Source } from '../source/source.ts';
import { type Against, whyAllAgain } from './against.ts';

/** Of the run that is to begin. */
export interface AskedOfRun {
  readonly source: Source;
  readonly bundle: Bundle;
  /** URI of the folder that holds runs; ends in `/`. */
  readonly output: string;
  readonly topK: number;
  readonly emit: readonly Emit[];
  readonly decode: DecodeMode;
}

export interface FoundAgainst {
  /** Undefined where nothing can be carried: then all is labelled. */
  readonly against: Against | undefined;
  /** What is labelled and why, in a line for the user. */
  readonly note: string;
}

/**
 * @param folder URI of the earlier run's, ending in `/`; null: the newest complete run of the source below the output
 * @throws UsageError `not_complete` · `not_a_run`
 */
export async function findAgainst(
  folder: string | null,
  asked: AskedOfRun,
  stores: Stores,
): Promise<FoundAgainst> {
  const found =
    folder === null
      ? await newestComplete(asked.output, asked.source.spec, stores)
      : await namedRun(folder, stores);
  if (found === null)
    return {
      against: undefined,
      note: 'no complete run of this source is there yet: labelling all of it',
    };
  const { id } = found.run;
  const why = whyAllAgain(found, asked);
  return why === null
    ? { against: found, note: `labelling what has changed since run ${id}` }
    : {
        against: undefined,
        note: `nothing is carried from run ${id}, because ${why}: labelling all of it`,
      };
}

/** Of a source, whatever it was labelled with; null where there is none. */
async function newestComplete(output: string, source: SourceSpec, stores: Stores): Promise<Against | null> {
  const store = stores.for(output);
  for (const folder of (await store.folders(output)).reverse()) {
    const run = await readRunIfAny(store, folder);
    if (run === null || !sameSource(run.source, source)) continue;
    if (await isComplete(store, folder)) return { run, folder };
  }
  return null;
}

async function namedRun(folder: string, stores: Stores): Promise<Against> {
  const store = stores.for(folder);
  const run = await readRun(store, folder);
  await requireComplete(store, folder);
  return { run, folder };
}
