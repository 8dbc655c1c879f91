/** The environment, parsed once. Every variable is named here; docs/configuration.md explains them. */
import { homedir, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { builtInBundles, userBundles } from '@labelmill/models/bundle-folders';
import { UsageError } from '@labelmill/shared/errors';
import { type StoreConfig, storeConfigSchema } from '@labelmill/shared/store/store-config';
import { type ImageLimits, type Provider, providers } from '@labelmill/worker/engine/protocol';
import type { EngineBounds } from '@labelmill/worker/supervisor/engine-watch';
import { z } from 'zod';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const environmentSchema = z.object({
  REDIS_URL: z.string().optional(),
  XDG_CACHE_HOME: z.string().optional(),
  XDG_RUNTIME_DIR: z.string().optional(),
  AWS_REGION: z.string().optional(),
  AWS_ENDPOINT_URL_S3: z.url().optional(),
  AWS_ENDPOINT_URL: z.url().optional(),
  /** Custom endpoints mostly need `http://host/bucket` in place of `http://bucket.host`. */
  LABELMILL_S3_PATH_STYLE: z.stringbool().optional(),
  /** Of buckets whose requests are paid by whoever makes them. */
  LABELMILL_S3_REQUESTER_PAYS: z.stringbool().default(false),
  /** A collector of traces, OTLP over HTTP. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  LABELMILL_MODELS: z.string().optional(),
  /** Where the network runs. */
  LABELMILL_PROVIDER: z.enum(providers).default('cpu'),
  /** What `serve` asks for; made and printed where it is not set. */
  LABELMILL_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,256}$/, '16 to 256 characters of ASCII without spaces')
    .optional(),
  /** What `serve` keeps of pictures on disk. */
  LABELMILL_PICTURE_CACHE_BYTES: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(512 * 2 ** 20),
  LABELMILL_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).optional(),
  /** Folders below which workers may read `file://`, comma-separated. */
  LABELMILL_FILE_ROOTS: list.optional(),
  /** Hosts from which `https://` may be read, comma-separated; none by default. */
  LABELMILL_HTTPS_HOSTS: list.optional(),
  LABELMILL_MAX_IMAGE_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(64 * 2 ** 20),
  LABELMILL_MAX_IMAGE_PIXELS: z.coerce.number().int().positive().default(100_000_000),
  LABELMILL_MAX_IMAGE_ASPECT: z.coerce.number().min(1).default(100),
  LABELMILL_FETCH_TIMEOUT_MS: z.coerce.number().int().positive().default(30_000),
  LABELMILL_DECODE_TIMEOUT_MS: z.coerce.number().int().positive().default(10_000),
  /** Images per inference call; found by trying where it is not set. */
  LABELMILL_BATCH: z.coerce.number().int().min(1).max(1024).optional(),
  /** An engine that holds images and says nothing for this long is ended. */
  LABELMILL_ENGINE_SILENCE_MS: z.coerce.number().int().positive().optional(),
  /** An engine that holds more resident memory than this is ended. */
  LABELMILL_ENGINE_MEMORY_BYTES: z.coerce.number().int().positive().optional(),
  /** What images that are being fetched or decoded may take in an engine at a time. */
  LABELMILL_IMAGE_MEMORY_BYTES: z.coerce.number().int().positive().optional(),
  /** How long a worker that is told to stop goes on with what it has. */
  LABELMILL_DRAIN_MS: z.coerce.number().int().nonnegative().default(25_000),
  /** A worker that takes nothing for so long, although it could, says so to its probes. */
  LABELMILL_LIVENESS_MS: z.coerce.number().int().positive().default(120_000),
  /** Chunks of one run that are queued or in work at a time. */
  LABELMILL_OUTSTANDING_CHUNKS: z.coerce.number().int().positive().default(1000),
});

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
  const cacheFolder = join(e.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'labelmill');
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
