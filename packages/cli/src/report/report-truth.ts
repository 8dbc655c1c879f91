/** Whether a run's answers are right, by the truth that `eval` takes too. */

import { classFinder } from '@labelmill/models/accuracy/class-finder';
import { bundleDigests } from '@labelmill/models/bundle-digest';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { UsageError } from '@labelmill/shared/errors';
import type { Run } from '@labelmill/shared/schema/run';
import type { Stores } from '@labelmill/shared/store/stores';
import type { CommandContext } from '../commands/context.ts';
import { openTruth, type TruthRequest } from '../evaluation/truth.ts';
import type { RightOf } from './run-facts.ts';

/**
 * @throws UsageError as `openTruth` and `resolveBundle`; `other_labels` where the bundle here has other classes than the
 * run's
 */
export async function rightAnswers(
  request: TruthRequest,
  run: Run,
  stores: Stores,
  { cwd, settings }: Pick<CommandContext, 'cwd' | 'settings'>,
): Promise<RightOf> {
  const truth = await openTruth(request, stores, cwd);
  const bundle = await resolveBundle(run.bundle.name, settings.modelFolders);
  const { name, manifest } = bundle;
  if (bundleDigests(bundle).labelMap !== run.bundle.digests.labelMap) {
    throw new UsageError(
      'other_labels',
      `${name} here has other classes than the one that labelled the run: name its folder in LABELMILL_MODELS`,
    );
  }
  const find = classFinder(manifest.classes);
  return (uri, bestId) => {
    const told = truth(uri);
    const index = told === undefined ? undefined : find(told);
    return index === undefined ? null : manifest.classes[index]?.id === bestId;
  };
}
