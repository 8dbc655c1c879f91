/**
 * Every environment variable that labelmill reads, with what it means: docs/configuration.md is written from here by
 * scripts/write-configuration.ts.
 */
import { providers } from '@labelmill/worker/engine/protocol';
import { z } from 'zod';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** `meaning` is Markdown; `unset` says what holds where nothing is set and there is no one default value. */
export const environmentSchema = z.object({
  REDIS_URL: z.string().optional().meta({
    unset: '`redis://127.0.0.1:6379`',
    meaning:
      '`redis://`, `rediss://` (TLS) or `unix:///path`; `label` and `demo` run a private one and ignore it',
  }),
  XDG_CACHE_HOME: z.string().optional().meta({
    unset: '`~/.cache`',
    meaning:
      'below it, in `labelmill`: bundles, batch sizes that were found, lists of images named one by one, what `serve` keeps, compiled code',
  }),
  XDG_RUNTIME_DIR: z.string().optional().meta({
    unset: "the system's folder for temporary files",
    meaning: 'below it, in `labelmill-<user id>`: sockets and locks of this user',
  }),
  AWS_REGION: z.string().optional().meta({
    unset: 'where the profile says',
    meaning:
      "the region of the buckets. Credentials come from wherever AWS's tools find them: keys, profiles, web identities (service accounts of Kubernetes), EKS Pod Identity, the roles of machines; so every other `AWS_*` variable counts too",
  }),
  AWS_ENDPOINT_URL_S3: z
    .url()
    .optional()
    .meta({ unset: 'Amazon S3', meaning: 'another S3 server, as `http://host:9000`' }),
  AWS_ENDPOINT_URL: z
    .url()
    .optional()
    .meta({ unset: 'Amazon S3', meaning: 'likewise; `AWS_ENDPOINT_URL_S3` goes before it' }),
  LABELMILL_S3_PATH_STYLE: z.stringbool().optional().meta({
    unset: 'true with an own endpoint',
    meaning: '`http://host/bucket` in place of `http://bucket.host`',
  }),
  LABELMILL_S3_REQUESTER_PAYS: z
    .stringbool()
    .default(false)
    .meta({ meaning: 'says with every request to S3 that you pay for it, as requester-pays buckets demand' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional().meta({
    unset: 'none',
    meaning:
      'a collector of traces, as `http://collector:4318`: a worker sends it one span for each chunk ([metrics.md](metrics.md#traces))',
  }),
  LABELMILL_MODELS: z
    .string()
    .optional()
    .meta({ unset: '`~/.cache/labelmill/models`', meaning: 'the folder of bundles' }),
  LABELMILL_PROVIDER: z.enum(providers).default('cpu').meta({
    meaning:
      'where the network runs: `cpu`, or `cuda` for an NVIDIA GPU; `--provider` goes before it. With `cuda` nothing ever runs on the CPU instead: a worker that cannot have the GPU ends with `cuda_unavailable`',
  }),
  LABELMILL_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,256}$/, '16 to 256 characters of ASCII without spaces')
    .optional()
    .meta({
      unset: 'a new one at each start, printed',
      meaning: 'what `serve` asks for, 16 to 256 characters',
    }),
  LABELMILL_PICTURE_CACHE_BYTES: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(512 * 2 ** 20)
    .meta({ meaning: 'what `serve` keeps of pictures on disk; the least used go first' }),
  LABELMILL_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .optional()
    .meta({ unset: '`info` (worker, producer), `silent` (label)', meaning: 'JSON log lines' }),
  LABELMILL_FILE_ROOTS: list.optional().meta({
    unset: 'none (worker); the source (label)',
    meaning:
      'folders below which `file://` images may be read; `..` and symbolic links that leave them are refused',
  }),
  LABELMILL_HTTPS_HOSTS: list.optional().meta({
    unset: 'none',
    meaning:
      'hosts from which `https://` images may be read; private and link-local addresses are refused after name resolution',
  }),
  LABELMILL_MAX_IMAGE_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(64 * 2 ** 20)
    .meta({ meaning: 'larger objects become `too_large` records, unread' }),
  LABELMILL_MAX_IMAGE_PIXELS: z.coerce
    .number()
    .int()
    .positive()
    .default(100_000_000)
    .meta({ meaning: 'by the header, before decoding: `too_many_pixels`' }),
  LABELMILL_MAX_IMAGE_ASPECT: z.coerce
    .number()
    .min(1)
    .default(100)
    .meta({ meaning: 'longer ÷ shorter side: `bad_aspect`' }),
  LABELMILL_FETCH_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .positive()
    .default(30_000)
    .meta({ meaning: 'one whole read of an image' }),
  LABELMILL_DECODE_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .positive()
    .default(10_000)
    .meta({ meaning: '`decode_timeout`' }),
  LABELMILL_BATCH: z.coerce.number().int().min(1).max(1024).optional().meta({
    unset: 'found by trying',
    meaning:
      'images per inference call; on CUDA the nearest size below for which the bundle has a graph. On a CPU a run of more than 200 images tries some sizes on its own images, and the quickest is remembered for the machine and bundle in `~/.cache/labelmill/batch-sizes`',
  }),
  LABELMILL_ENGINE_SILENCE_MS: z.coerce.number().int().positive().optional().meta({
    unset: '180000, or six times `LABELMILL_FETCH_TIMEOUT_MS` where that is more',
    meaning:
      'an engine that says nothing for this long about the image that is in it longest is ended; the image that did it ends as `crashed_decoder`',
  }),
  LABELMILL_ENGINE_MEMORY_BYTES: z.coerce.number().int().positive().optional().meta({
    unset: "0.8 of the machine's, or of the container's bound",
    meaning:
      'an engine that holds more is ended before the system ends the worker too; likewise `crashed_decoder`',
  }),
  LABELMILL_IMAGE_MEMORY_BYTES: z.coerce.number().int().positive().optional().meta({
    unset: "a quarter of the engine's memory",
    meaning:
      'what images that are being fetched (a quarter of it) and decoded (the rest) may take in an engine at a time, by their bytes and pixels; larger ones wait for each other, and one of each loader thread (one for every two cores) is always let in',
  }),
  LABELMILL_DRAIN_MS: z.coerce.number().int().nonnegative().default(25_000).meta({
    meaning: 'how long a worker that gets SIGTERM goes on with what it has before it hands it back',
  }),
  LABELMILL_LIVENESS_MS: z.coerce.number().int().positive().default(120_000).meta({
    meaning: '`/livez` fails when a worker or producer took nothing for so long although it could; see below',
  }),
  LABELMILL_OUTSTANDING_CHUNKS: z.coerce
    .number()
    .int()
    .positive()
    .default(1000)
    .meta({ meaning: 'chunks of one run that are queued or in work at a time' }),
});
