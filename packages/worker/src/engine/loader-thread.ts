/** Loader thread: fetches and decodes images, and hands whole batches of pixels to the engine's main thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { codeOf } from '@labelmill/shared/errors';
import { openStores } from '@labelmill/shared/store/stores';
import { BatchAssembler } from './batch-assembler.ts';
import { ControlRead } from './control-read.ts';
import { decodeImage } from './decode.ts';
import { largestBatch } from './engine-size.ts';
import { fetchImage } from './fetch-image.ts';
import { fetchStretch } from './fetch-stretch.ts';
import { HungDecodes } from './hung-decodes.ts';
import { imageFailure } from './image-failure.ts';
import { type HeldBody, ImageMemory } from './image-memory.ts';
import { mayBeDamaged } from './may-be-damaged.ts';
import type { ImageRequest } from './protocol.ts';
import { Slots } from './slots.ts';
import { StageSums } from './stage-sums.ts';
import { stretchBytes, stretchesOf } from './stretch.ts';
import type { LoaderReply, LoaderRequest, LoaderSettings } from './thread-messages.ts';

const { config, buffers } = workerData as LoaderSettings;
const { preprocessing } = config.bundle;
const port = parentPort!;
const stores = openStores(config.stores, { connections: config.fetchConcurrency });
const memory = new ImageMemory(config);
/** A fetch keeps its place until its bytes are being decoded. */
const fetching = new Slots(config.fetchConcurrency);
const decoding = new Slots(config.decodeConcurrency);
const control = new ControlRead();
const stages = new StageSums();
const { limits } = config;
const stretchReader = { stores, memory, places: fetching, limits, control, stages };
const hung = new HungDecodes(limits.decodeTimeoutMs, (message) =>
  port.postMessage({ type: 'hung', message } satisfies LoaderReply),
);
const assembler = new BatchAssembler({
  batch: config.batch,
  largest: largestBatch(config),
  imageBytes: preprocessing.crop * preprocessing.crop * 3,
  buffers,
  send: (batch) => {
    stages.add('batchPlaces', Math.max(fullBatch, batch.images.length));
    port.postMessage({ type: 'batch', batch, stages: stages.take() } satisfies LoaderReply, [batch.pixels]);
  },
});
/** Images in a batch that leaves full. */
let fullBatch = config.batch;
/** Images here that are neither in a batch nor failed. */
let pending = 0;

port.on('message', (request: LoaderRequest) => {
  if (request.type === 'recycle') assembler.recycle(request.pixels);
  else if (request.type === 'resize') {
    fullBatch = request.batch;
    assembler.resize(request.batch);
  } else if (request.type === 'flush') assembler.flush();
  else {
    pending += request.images.length;
    for (const stretch of stretchesOf(request.images, stretchBytes(config))) loadStretch(stretch);
  }
});

function loadStretch(images: readonly ImageRequest[]): void {
  const bodies = images.length === 1 ? [] : fetchStretch(images, stretchReader);
  images.forEach((image, place) => void load(image, bodies[place]));
}

/** @param body of an image in a stretch; null where it has to be read alone after all */
async function load(image: ImageRequest, body?: Promise<HeldBody | null>): Promise<void> {
  const seen: Seen = { version: null };
  try {
    const first = body === undefined ? loadOnce(image, seen) : loadFrom(body, image, seen);
    await first.catch((error: unknown) => {
      if (!mayBeDamaged(error, image.uri)) throw error;
      return loadOnce(image, seen);
    });
  } catch (error) {
    const result = imageFailure(image.id, seen.version, error);
    if (codeOf(error) === 'decode_timeout') hung.gaveUp();
    port.postMessage({ type: 'failed', result, stages: stages.take() } satisfies LoaderReply);
  } finally {
    pending -= 1;
    if (pending === 0) assembler.flush();
  }
}

/** The version that came last, for the record of an image that is not labelled. */
interface Seen {
  version: string | null;
}

async function loadFrom(body: Promise<HeldBody | null>, image: ImageRequest, seen: Seen): Promise<void> {
  const fetched = await body;
  if (fetched === null) return loadOnce(image, seen);
  await untilDecoding(fetched, seen);
  await decodeIntoBatch(fetched, image, seen);
}

async function loadOnce(image: ImageRequest, seen: Seen): Promise<void> {
  await fetching.acquire();
  let fetched: HeldBody;
  try {
    fetched = await fetch(image.uri);
    await untilDecoding(fetched, seen);
  } finally {
    fetching.release();
  }
  await decodeIntoBatch(fetched, image, seen);
}

async function untilDecoding({ object }: HeldBody, seen: Seen): Promise<void> {
  seen.version = object.version;
  stages.add('fetchedBytes', object.body.length);
  await stages.time('decodeWait', () => decoding.acquire());
}

/** Gives back the place for decoding. */
async function decodeIntoBatch(fetched: HeldBody, image: ImageRequest, seen: Seen): Promise<void> {
  try {
    const pixels = await decode(fetched, image);
    // Still holding the decode's place: when inference falls behind, decoding stops instead of piling up pixels.
    const loaded = { id: image.id, version: seen.version, features: image.features ?? false };
    await stages.time('bufferWait', () => assembler.add(loaded, pixels));
  } finally {
    decoding.release();
  }
}

function fetch(uri: string): Promise<HeldBody> {
  stages.add('fetched', 1);
  return memory.fetch((maxBytes) =>
    stages.time('fetch', () => fetchImage(stores.for(uri), uri, { ...limits, maxBytes }, control)),
  );
}

/** The wait for memory, which only images of unusual size have, counts as decoding. */
async function decode(fetched: HeldBody, { decode: mode }: ImageRequest): Promise<Uint8Array> {
  using body = fetched;
  stages.add('decoded', 1);
  return await stages.time('decode', () =>
    decodeImage(body.object.body, preprocessing, limits, mode, (bytes) => memory.decode(bytes)),
  );
}
