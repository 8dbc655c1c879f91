import { fileURLToPath } from 'node:url';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { verifyBundleFiles } from '@labelmill/models/read-bundle';
import { sourceFromSpec } from '@labelmill/producer/source/open-source';
import { exitStatus } from '@labelmill/shared/errors';
import { createLogger } from '@labelmill/shared/logging';
import type { DecodeMode, Emit, Run } from '@labelmill/shared/schema/run';
import { bottleneck } from '@labelmill/shared/stages/bottleneck';
import { openOperatorStores, type Stores } from '@labelmill/shared/store/stores';
import type { Provider } from '@labelmill/worker/engine/protocol';
import { chooseBatch } from '../local/choose-batch.ts';
import { bundleForCpu, bundleForQueue } from '../local/choose-bundle.ts';
import { cpuInfo } from '../local/cpu-info.ts';
import { fileRootsFor } from '../local/file-roots.ts';
import { findRuns } from '../local/find-run.ts';
import {
  type LocalProgress,
  type LocalRequest,
  type LocalResult,
  labelLocally,
} from '../local/label-locally.ts';
import { carriedCounts } from '../terminal/carried-counts.ts';
import { duration } from '../terminal/format.ts';
import { Progress } from '../terminal/progress.ts';
import { quarantineLines } from '../terminal/quarantine-lines.ts';
import { chooseAgainst } from './choose-against.ts';
import type { CommandContext } from './context.ts';
import { noteOutage } from './note-outage.ts';
import { openRequest } from './open-request.ts';
import type { SourceOptions } from './source-options.ts';

export interface LabelOptions extends SourceOptions {
  readonly model: string;
  readonly out: string;
  readonly topK: number;
  readonly decode: DecodeMode;
  readonly emit: readonly Emit[];
  readonly provider?: Provider;
  readonly maxErrorRate?: number;
  readonly only?: 'changed';
  readonly against?: string;
  readonly json?: boolean;
}

/** `labelmill label SOURCE…`: everything on this machine. */
export async function label(
  names: readonly string[],
  options: LabelOptions,
  context: CommandContext,
): Promise<LocalResult | null> {
  await using stores = openOperatorStores(context.settings.stores);
  const { json = false, provider = context.settings.provider, maxErrorRate } = options;
  const { topK, emit, decode } = options;
  const features = emit.includes('features');
  // int8 gives no features.
  const chooseBundle = provider === 'cpu' && !features ? bundleForCpu(await cpuInfo()) : bundleForQueue;
  const { bundle, source, output } = await openRequest(names, options, stores, context, chooseBundle);
  await verifyBundleFiles(bundle);
  const earlier = await findRuns(output, { source: source.spec, bundle, topK, emit, decode }, stores);
  if (earlier.unfinished !== null)
    context.console.note(`going on with the unfinished run ${shown(earlier.unfinished)}`);
  else if (earlier.finished !== null && options.only === undefined && options.against === undefined) {
    context.console.note(
      `this source was labelled before (${shown(earlier.finished)}); labelling all of it again, as without --only changed`,
    );
  }
  const asked = { source, bundle, output, topK, emit, decode };
  const start =
    earlier.unfinished === null
      ? { ...asked, against: await chooseAgainst(options, asked, stores, context) }
      : { resume: earlier.unfinished };
  return runLocally({ bundle, source, start, features, provider, maxErrorRate, json }, context);
}

/** `labelmill resume FOLDER` without a Redis: goes on with a local run. */
export async function resumeLocally(
  folder: string,
  run: Run,
  bundle: Bundle,
  stores: Stores,
  { json = false, maxErrorRate }: Pick<LabelOptions, 'json' | 'maxErrorRate'>,
  context: CommandContext,
): Promise<LocalResult | null> {
  return runLocally(
    {
      bundle,
      source: sourceFromSpec(run.source, stores),
      start: { resume: folder },
      features: run.emit.includes('features'),
      provider: context.settings.provider,
      maxErrorRate,
      json,
    },
    context,
  );
}

interface LocalRun
  extends Pick<LocalRequest, 'bundle' | 'source' | 'start' | 'features' | 'provider' | 'maxErrorRate'> {
  readonly json: boolean;
}

async function runLocally(run: LocalRun, context: CommandContext): Promise<LocalResult | null> {
  const { settings, console, stop } = context;
  warnIfUntrained(run.bundle, context);
  const log = createLogger({ name: 'label', level: settings.logLevel ?? 'silent' });
  const batch = await chooseBatch(run.bundle, run.provider, context, log);
  let state: (() => LocalProgress) | null = null;
  using _progress = new Progress(
    console,
    () => state?.() ?? { done: 0, errors: 0, total: 0, totalIsFinal: false },
    () => state?.().details ?? { errors: {}, limit: null, labels: new Map() },
  );
  try {
    const result = await labelLocally(
      {
        ...run,
        stores: { ...settings.stores, fileRoots: fileRootsFor(run.source.spec, settings.stores.fileRoots) },
        limits: settings.limits,
        bounds: settings.engineBounds,
        imageMemoryBytes: settings.imageMemoryBytes,
        cores: context.cores,
        runtimeFolder: settings.runtimeFolder,
        scratch: settings.spoolFolder,
        env: context.env,
        batch,
        log,
        onOutage: noteOutage(context),
      },
      (now) => {
        state = now;
      },
      stop,
    );
    _progress[Symbol.dispose]();
    report(result, run, context);
    return result;
  } catch (error) {
    if (!stop.aborted) throw error;
    const now = (state as (() => LocalProgress) | null)?.();
    _progress[Symbol.dispose]();
    console.note(
      now === undefined
        ? 'interrupted'
        : `interrupted at ${now.done} of ${now.total} images; the same command goes on`,
    );
    context.exit(exitStatus.interrupted);
    return null;
  }
}

export function warnIfUntrained(bundle: Bundle, { console }: Pick<CommandContext, 'console'>): void {
  if (!bundle.manifest.trained) {
    console.note(`${bundle.name} is UNTRAINED: its weights are random, and so are the labels`);
  }
}

function report(
  { folder, summary, labelled, seconds, stages }: LocalResult,
  run: LocalRun,
  { console, exit }: CommandContext,
): void {
  const rate = labelled > 0 && seconds > 0 ? labelled / seconds : null;
  const limit = stages === null ? null : bottleneck(stages, run.bundle.manifest.precision);
  if (run.json) {
    const measured = { labelled, seconds, imagesPerSecond: rate, bottleneck: limit };
    console.out(JSON.stringify({ ...summary, folder, ...measured }));
  } else {
    const speed = rate === null ? '' : ` · ${rate.toFixed(1)} images/s for ${duration(seconds)}`;
    console.out(
      `${summary.listed} images: ${summary.ok} ok, ${summary.error} errors${errorCodes(summary.errors)}${carriedCounts(summary)} · ${run.bundle.name}${speed}`,
    );
    if (limit !== null) console.out(limit.line);
    for (const line of quarantineLines(summary)) console.out(line);
    if (summary.duplicates) console.out(`left out: ${summary.duplicates} duplicates`);
    console.out(`records: ${shown(folder)}labels/`);
    if (run.features) console.out(`features: ${shown(folder)}features/`);
    // Named and not made: a report of a large run takes seconds, and the job is done.
    console.out(`report: labelmill report ${shown(folder)}`);
  }
  exit(summary.error > 0 ? exitStatus.completeWithErrors : exitStatus.complete);
}

function errorCodes(errors: Readonly<Record<string, number>>): string {
  const codes = Object.entries(errors).map(([code, count]) => `${code} ${count}`);
  return codes.length === 0 ? '' : ` (${codes.join(', ')})`;
}

/** A folder's URI as a user would type it. */
export function shown(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri) : uri;
}
