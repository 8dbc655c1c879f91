import type { Bundle } from '@labelmill/models/bundle-schema';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { verifyBundleFiles } from '@labelmill/models/read-bundle';
import { exitStatus } from '@labelmill/shared/errors';
import { createLogger } from '@labelmill/shared/logging';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import type { Provider } from '@labelmill/worker/engine/protocol';
import { type AnsweredBundle, compared } from '../evaluation/compared.ts';
import { comparisonLines } from '../evaluation/comparison-lines.ts';
import { type Answer, engineAnswers } from '../evaluation/engine-answers.ts';
import { type Evaluation, evaluationOf, sortImages } from '../evaluation/evaluation.ts';
import { evaluationEngine, type Look, lookedOf } from '../evaluation/evaluation-engine.ts';
import { evaluationLines } from '../evaluation/evaluation-lines.ts';
import { labelledImages } from '../evaluation/labelled-images.ts';
import { openTruth } from '../evaluation/truth.ts';
import { fileRootsFor } from '../local/file-roots.ts';
import { Progress } from '../terminal/progress.ts';
import type { CommandContext } from './context.ts';
import { openNamedSource } from './open-request.ts';
import type { SourceOptions } from './source-options.ts';
import { warnIfUntrained } from './warn-if-untrained.ts';

export interface EvalOptions extends SourceOptions, Look {
  readonly model: string;
  readonly compare?: string;
  readonly truth: string;
  readonly synsets?: string;
  readonly provider?: Provider;
  readonly json?: boolean;
}

/** `labelmill eval SOURCE…`: how often a model is right on images whose classes are known. */
export async function evaluate(
  names: readonly string[],
  options: EvalOptions,
  context: CommandContext,
): Promise<void> {
  const { settings, console, stop, exit } = context;
  const { imageMemoryBytes, limits } = settings;
  const { provider = settings.provider } = options;
  await using operatorStores = openOperatorStores(settings.stores);
  const bundles = await bundlesOf(options, context);
  const source = await openNamedSource(names, options, operatorStores, context);
  const stores = { ...settings.stores, fileRoots: fileRootsFor(source.spec, settings.stores.fileRoots) };
  // Everything that can be refused is refused before the first image is read.
  const engines = bundles.map((bundle) =>
    evaluationEngine(bundle, options, { provider, cores: context.cores, imageMemoryBytes, stores, limits }),
  );
  const truth = await openTruth(options, operatorStores, context.cwd);
  const listed = await labelledImages(source, truth, stop);
  const planned = bundles.map((bundle, place) => ({
    bundle,
    engine: engines[place]!,
    images: sortImages(listed, bundle),
  }));

  const total = planned.reduce((sum, { images }) => sum + images.known.length, 0);
  const state = { done: 0, errors: 0, total };
  using progress = new Progress(console, () => ({ ...state, totalIsFinal: true }));
  const answered: AnsweredBundle[] = [];
  try {
    for (const { bundle, engine, images } of planned) {
      const request = {
        manifest: bundle.manifest,
        bounds: settings.engineBounds,
        config: engine,
        env: context.env,
        log: createLogger({ name: 'eval', level: settings.logLevel ?? 'silent' }),
        onAnswer: ({ status }: Answer) => {
          state.done++;
          if (status === 'error') state.errors++;
        },
      };
      const uris = images.known.map(({ uri }) => uri);
      const answers = await engineAnswers(uris, request, stop);
      answered.push({ bundle, known: images.known, answers });
    }
  } catch (error) {
    if (!stop.aborted) throw error;
    progress[Symbol.dispose]();
    // Figures of some of the images would look like figures of all.
    console.note(`interrupted at ${state.done} of ${state.total} images; there is no result`);
    exit(exitStatus.interrupted);
    return;
  }
  progress[Symbol.dispose]();
  const evaluations = planned.map(({ bundle, engine, images }, place) =>
    evaluationOf(bundle, images, answered[place]!.answers, lookedOf(engine)),
  );
  report(evaluations, answered, options, context);
}

async function bundlesOf(
  { model, compare }: EvalOptions,
  context: CommandContext,
): Promise<readonly Bundle[]> {
  const names = compare === undefined ? [model] : [model, compare];
  const bundles: Bundle[] = [];
  for (const name of names) {
    const bundle = await resolveBundle(name, context.settings.modelFolders);
    await verifyBundleFiles(bundle);
    warnIfUntrained(bundle, context);
    bundles.push(bundle);
  }
  return bundles;
}

function report(
  evaluations: readonly Evaluation[],
  [first, second]: readonly AnsweredBundle[],
  options: EvalOptions,
  { console, exit }: CommandContext,
): void {
  const comparison = first !== undefined && second !== undefined ? compared(first, second) : undefined;
  if (options.json) {
    console.out(JSON.stringify({ evaluations, ...(comparison === undefined ? {} : { comparison }) }));
  } else {
    for (const evaluation of evaluations) {
      for (const line of evaluationLines(evaluation)) console.out(line);
      console.out('');
    }
    if (first !== undefined && second !== undefined && comparison !== undefined) {
      const names = [first.bundle.name, second.bundle.name] as const;
      for (const line of comparisonLines(comparison, names)) console.out(line);
    }
  }
  const failed = evaluations.some(({ errors }) => errors.length > 0);
  exit(failed ? exitStatus.completeWithErrors : exitStatus.complete);
}
