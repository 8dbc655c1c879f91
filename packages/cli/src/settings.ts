/** The environment, parsed once. */
import { homedir, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { builtInBundles, userBundles } from '@labelmill/models/bundle-folders';
import { UsageError } from '@labelmill/shared/errors';
import { type StoreConfig, storeConfigSchema } from '@labelmill/shared/store/store-config';
import { userCache } from '@labelmill/shared/user-cache';
import type { ImageLimits, Provider } from '@labelmill/worker/engine/protocol';
import type { EngineBounds } from '@labelmill/worker/supervisor/engine-watch';
import { environmentSchema } from './environment.ts';

export interface Settings {
  readonly redisUrl: string | undefined;
  /** Folders of bundles, the user's own first. */
  readonly modelFolders: readonly string[];
  readonly userModels: string;
  readonly provider: Provider;
  readonly token: string | undefined;
  readonly logLevel: string | undefined;
  readonly traceEndpoint: string | undefined;
  /** As configured; a local `label` widens `fileRoots` to its own source. */
  readonly stores: StoreConfig;
  readonly limits: ImageLimits;
  readonly batch: number | null;
  /** Where batch sizes that were found are remembered. */
  readonly batchFolder: string;
  readonly engineBounds: EngineBounds;
  readonly imageMemoryBytes: number;
  readonly drainMs: number;
  readonly livenessMs: number;
  readonly mostOutstandingChunks: number;
  /** For sockets and locks: short, of this user alone. */
  readonly runtimeFolder: string;
  readonly spoolFolder: string;
  /** Of `serve`, for indexes and pictures. */
  readonly serveFolder: string;
  readonly pictureCacheBytes: number;
}

const leastSilenceMs = 180_000;
/** Time limits that one image may run into before its engine says anything, and one to spare (fetch-image.ts). */
const silentReads = 6;

/** The engine's share of the memory there is; the supervisor and the system need the rest. */
const engineMemoryShare = 0.8;

/** The images' share of the engine's memory; weights, activations and what is not yet given back need the rest. */
const imageMemoryShare = 0.25;

/** Bytes this process may count on: the machine's, or less where a container is bounded. */
function machineMemory(): number {
  const bound = process.constrainedMemory();
  return bound > 0 ? Math.min(bound, totalmem()) : totalmem();
}

/** @throws UsageError `bad_setting` naming the variable */
export function readSettings(env: NodeJS.ProcessEnv, uid: number): Settings {
  const parsed = environmentSchema.safeParse(env);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError('bad_setting', `environment variable ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const e = parsed.data;
  const endpoint = e.AWS_ENDPOINT_URL_S3 ?? e.AWS_ENDPOINT_URL;
  const cacheFolder = userCache(e, homedir());
  const userModels = e.LABELMILL_MODELS ?? userBundles(e, homedir());
  const memoryBytes = e.LABELMILL_ENGINE_MEMORY_BYTES ?? Math.floor(engineMemoryShare * machineMemory());
  return Object.freeze({
    redisUrl: e.REDIS_URL,
    modelFolders: [userModels, builtInBundles],
    userModels,
    provider: e.LABELMILL_PROVIDER,
    token: e.LABELMILL_TOKEN,
    logLevel: e.LABELMILL_LOG_LEVEL,
    traceEndpoint: e.OTEL_EXPORTER_OTLP_ENDPOINT,
    stores: storeConfigSchema.parse({
      fileRoots: e.LABELMILL_FILE_ROOTS ?? [],
      httpsHosts: e.LABELMILL_HTTPS_HOSTS ?? [],
      s3: {
        endpoint,
        region: e.AWS_REGION,
        forcePathStyle: e.LABELMILL_S3_PATH_STYLE ?? endpoint !== undefined,
        requesterPays: e.LABELMILL_S3_REQUESTER_PAYS,
      },
      readTimeoutMs: e.LABELMILL_FETCH_TIMEOUT_MS,
    }),
    limits: {
      maxBytes: e.LABELMILL_MAX_IMAGE_BYTES,
      maxPixels: e.LABELMILL_MAX_IMAGE_PIXELS,
      maxAspect: e.LABELMILL_MAX_IMAGE_ASPECT,
      fetchTimeoutMs: e.LABELMILL_FETCH_TIMEOUT_MS,
      decodeTimeoutMs: e.LABELMILL_DECODE_TIMEOUT_MS,
    },
    batch: e.LABELMILL_BATCH ?? null,
    batchFolder: join(cacheFolder, 'batch-sizes'),
    engineBounds: {
      silenceMs:
        e.LABELMILL_ENGINE_SILENCE_MS ?? Math.max(leastSilenceMs, silentReads * e.LABELMILL_FETCH_TIMEOUT_MS),
      memoryBytes,
    },
    imageMemoryBytes: e.LABELMILL_IMAGE_MEMORY_BYTES ?? Math.floor(imageMemoryShare * memoryBytes),
    drainMs: e.LABELMILL_DRAIN_MS,
    livenessMs: e.LABELMILL_LIVENESS_MS,
    mostOutstandingChunks: e.LABELMILL_OUTSTANDING_CHUNKS,
    runtimeFolder: join(e.XDG_RUNTIME_DIR ?? tmpdir(), `labelmill-${uid}`),
    spoolFolder: join(cacheFolder, 'spool'),
    serveFolder: join(cacheFolder, 'serve'),
    pictureCacheBytes: e.LABELMILL_PICTURE_CACHE_BYTES,
  });
}
