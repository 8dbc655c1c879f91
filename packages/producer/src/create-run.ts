import { bundleDigests } from '@labelmill/models/bundle-digest';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { requireFeatures } from '@labelmill/models/labels-graph';
import { crashPoint } from '@labelmill/shared/crash-point';
import { LabelmillError, messageOf, UsageError } from '@labelmill/shared/errors';
import type { Ledger } from '@labelmill/shared/ledger/ledger';
import type { RunInfo } from '@labelmill/shared/ledger/run-info';
import { encodeJson } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import { newEpoch, newRunId } from '@labelmill/shared/run/run-id';
import { mostChunkImages } from '@labelmill/shared/schema/chunk-job';
import type { DecodeMode, Emit, PartFormat, Run, SourceSpec } from '@labelmill/shared/schema/run';
import { probeCreateOnce } from '@labelmill/shared/store/probe-create-once';
import type { Stores } from '@labelmill/shared/store/stores';
import { joinUri } from '@labelmill/shared/store/uri';
import { type Against, againstOf, whyAllAgain } from './changed/against.ts';
import type { Source } from './source/source.ts';

export interface RunRequest {
  /** Default: a new one. */
  readonly id?: string;
  readonly source: Source;
  readonly bundle: Bundle;
  /** URI of the folder that holds runs. */
  readonly output: string;
  readonly topK: number;
  readonly chunkSize: number;
  /** What is written of each image; default: labels alone. */
  readonly emit?: readonly Emit[];
  /** Default: exact. */
  readonly decode?: DecodeMode;
  /** Of its parts; default: JSON lines. */
  readonly partFormat?: PartFormat;
  /** The run pauses when a greater share of its images ends as error records. Default: 1, never. */
  readonly maxErrorRate?: number | undefined;
  /** Seconds from now in which it should be complete: autoscaled workers heed it. */
  readonly finishInSeconds?: number | undefined;
  /** A closed run: what has not changed since is carried, unless `whyAllAgain` has a reason. */
  readonly against?: Against | undefined;
}

/** A worker holds a chunk's features until all of them are there: 32 MiB of VGG's at this size. */
const mostImagesWithFeatures = 4096;

/**
 * Asks the source for its first image, so that an unreadable or empty one leaves nothing behind.
 * @throws UsageError `empty_source`, or what the source throws
 */
export async function checkSource(source: Source, signal: AbortSignal): Promise<void> {
  for await (const _first of source.images(null, signal)) return;
  const { uri } = source.spec;
  const left =
    source.skipped > 0 ? ` (${source.skipped} other files are there; --include "**" takes all)` : '';
  throw new UsageError('empty_source', `no images in ${uri}${left}`);
}

/**
 * Writes run.json and enters the run into the ledger. Nothing is listed yet.
 * @throws UsageError `output_unwritable` · `too_many_labels` · `no_features` · `chunk_too_large`
 */
export async function createRun(request: RunRequest, ledger: Ledger, stores: Stores): Promise<RunInfo> {
  const {
    source,
    bundle,
    topK,
    chunkSize,
    emit = ['labels'],
    decode = 'exact',
    partFormat = 'jsonl',
    maxErrorRate = 1,
    against,
  } = request;
  if (topK > bundle.manifest.k) {
    throw new UsageError(
      'too_many_labels',
      `${bundle.name} gives at most ${bundle.manifest.k} labels an image, not ${topK}`,
    );
  }
  const features = emit.includes('features');
  if (features) requireFeatures(bundle);
  const mostImages = features ? mostImagesWithFeatures : mostChunkImages;
  if (chunkSize > mostImages) {
    const message = `${features ? 'with features ' : ''}a chunk holds at most ${mostImages} images, not ${chunkSize}`;
    throw new UsageError('chunk_too_large', message);
  }
  const { finishInSeconds } = request;
  const { id = newRunId() } = request;
  const folder = joinUri(request.output, `${id}/`);
  const store = stores.for(folder);
  let run: Run;
  try {
    run = {
      format: 1,
      id,
      created: new Date().toISOString(),
      source: source.spec,
      bundle: {
        name: bundle.name,
        digest: bundle.digest,
        digests: bundleDigests(bundle, decode),
        trained: bundle.manifest.trained,
      },
      preprocessing: { ...bundle.manifest.preprocessing, decode },
      topK,
      chunkSize,
      maxErrorRate,
      emit: [...emit],
      partFormat,
      ...(finishInSeconds === undefined
        ? {}
        : { finishBy: new Date(Date.now() + 1000 * finishInSeconds).toISOString() }),
      createOnce: await probeCreateOnce(store, folder),
      ...(against !== undefined && whyAllAgain(against, { bundle, topK, emit, decode }) === null
        ? { against: againstOf(against, request.output) }
        : {}),
    };
    await store.create(runFolder.runJson(folder), encodeJson(run));
    crashPoint('run-written');
  } catch (error) {
    if (!(error instanceof LabelmillError) || error.code === 'output_unwritable') throw error;
    throw new UsageError('output_unwritable', `cannot write to ${request.output}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const info: RunInfo = { run, folder, epoch: newEpoch(), retry: null, hold: null };
  await ledger.rebuild(
    {
      run,
      folder,
      listed: false,
      segments: 0,
      chunks: 0,
      images: 0,
      done: [],
      counts: { ok: 0, error: 0, errors: {}, quarantined: [] },
      retry: null,
      maxErrorRate,
    },
    info.epoch,
  );
  return info;
}

/** Is this run the one that the same request would make again? */
export function sameRequest(
  run: Run,
  request: Pick<Run, 'topK' | 'partFormat'> & {
    source: SourceSpec;
    bundle: Bundle;
    emit: readonly Emit[];
    decode: DecodeMode;
  },
): boolean {
  return (
    sameSource(run.source, request.source) &&
    run.bundle.digest === request.bundle.digest &&
    run.topK === request.topK &&
    same(run.emit, request.emit) &&
    run.partFormat === request.partFormat &&
    run.preprocessing.decode === request.decode
  );
}

export function sameSource(a: SourceSpec, b: SourceSpec): boolean {
  return same(sorted(a), sorted(b));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function sorted(spec: SourceSpec): [string, unknown][] {
  return Object.entries(spec).sort(([a], [b]) => (a < b ? -1 : 1));
}
