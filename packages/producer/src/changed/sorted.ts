/** An external merge sort by URI: constant memory for any number of images. */
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceSpec } from '@labelmill/shared/schema/run';
import { compareOrderKeys, orderKey } from './image-order.ts';

interface Named {
  readonly uri: string;
}

/** Images sorted in memory at once, about 50 MB of them; ten million are 80 files. */
const sortedAtOnce = 131_072;
/** Of a run of sorted images that is read back; and of what comes out. */
const readBytes = 2 ** 16;
const batchImages = 4096;

/** Does a source name its images in the order of their URIs by itself? */
export function listsInOrder({ kind }: SourceSpec): boolean {
  return kind === 'listing';
}

/**
 * The same images in the order of their URIs; those of one URI in the order in which they came.
 * @param scratch a folder for the sorted files, which go when the reader ends
 */
export async function* inOrder<T extends Named>(
  batches: AsyncIterable<readonly T[]>,
  scratch: string,
): AsyncGenerator<readonly T[]> {
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(scratch, 'sort-'));
  try {
    const files: string[] = [];
    let held: T[] = [];
    for await (const batch of batches) {
      for (const image of batch) held.push(image);
      if (held.length < sortedAtOnce) continue;
      files.push(await writeSorted(held, join(folder, `${files.length}`)));
      held = [];
    }
    sort(held);
    yield* mergeFiles<T>(files, held);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sort<T extends Named>(images: T[]): void {
  const keys = new Map(images.map(({ uri }) => [uri, orderKey(uri)]));
  images.sort((a, b) => compareOrderKeys(keys.get(a.uri) ?? '', keys.get(b.uri) ?? ''));
}

async function writeSorted<T extends Named>(images: T[], path: string): Promise<string> {
  sort(images);
  await using file = await open(path, 'wx', 0o600);
  for (let at = 0; at < images.length; at += batchImages) {
    const lines = images.slice(at, at + batchImages).map((image) => `${JSON.stringify(image)}\n`);
    await file.appendFile(lines.join(''));
  }
  return path;
}

interface Head<T> {
  readonly key: string;
  readonly image: T;
  /** Among those of one key, the earlier file's come first. */
  readonly place: number;
  readonly rest: AsyncIterator<T>;
}

async function* mergeFiles<T extends Named>(
  files: readonly string[],
  last: readonly T[],
): AsyncGenerator<readonly T[]> {
  const runs: AsyncIterator<T>[] = [...files.map((path) => imagesIn<T>(path)), fromMemory(last)];
  const heads: Head<T>[] = [];
  for (const [place, rest] of runs.entries()) await push(heads, rest, place);
  let out: T[] = [];
  while (heads.length > 0) {
    const { image, rest, place } = heads.pop()!;
    out.push(image);
    await push(heads, rest, place);
    if (out.length < batchImages) continue;
    yield out;
    out = [];
  }
  if (out.length > 0) yield out;
}

/** Puts a run's next image into its place among the heads, of which the last is the next to come out. */
async function push<T extends Named>(heads: Head<T>[], rest: AsyncIterator<T>, place: number): Promise<void> {
  const next = await rest.next();
  if (next.done) return;
  const head = { key: orderKey(next.value.uri), image: next.value, place, rest };
  let [low, high] = [0, heads.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = heads[middle]!;
    const order = compareOrderKeys(there.key, head.key) || there.place - place;
    if (order > 0) low = middle + 1;
    else high = middle;
  }
  heads.splice(low, 0, head);
}

async function* imagesIn<T>(path: string): AsyncGenerator<T> {
  let rest = '';
  for await (const piece of createReadStream(path, { encoding: 'utf8', highWaterMark: readBytes })) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as T;
  }
}

async function* fromMemory<T>(images: readonly T[]): AsyncGenerator<T> {
  yield* images;
}
