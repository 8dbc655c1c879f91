/** The gallery of a run that carries records, against those records themselves. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@labelmill/shared/logging';
import { type CarriedImage, encodeStep } from '@labelmill/shared/run/carried-file';
import { encodePart } from '@labelmill/shared/run/part';
import { encodeJson } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import { FileStore } from '@labelmill/shared/store/file-store';
import { toUri } from '@labelmill/shared/store/uri';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Filter } from './filter.ts';
import { Gallery } from './gallery.ts';
import type { IndexedRun } from './record-index.ts';

const chunkSize = 1_000;
const own = 1_500;
const older = '20260101-000000000-older';
const newer = '20260102-000000000-newer';
const carrying = '20260103-000000000-carry';
const store = new FileStore(null);
const stores = { for: () => store, async [Symbol.asyncDispose]() {} };
const log = createLogger({ name: 'test', level: 'silent' });
let folder: string;
let run: IndexedRun;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelmill-carried-'));
  run = { id: carrying, folder: folderOf(carrying), chunkSize, against, partFormat: 'jsonl' };
});
afterEach(() => rm(folder, { recursive: true }));

const against = { run: newer, folders: { [older]: `../${older}/`, [newer]: `../${newer}/` } };
const folderOf = (id: string) => `${toUri(join(folder, id), '/')}/`;
const uriOf = (image: number) => `file:///photos/${String(image).padStart(8, '0')}.jpg`;

/** A record of image n, at an index of its run. */
function record(image: number, index: number): LabelRecord {
  const id = `n${image % 13}`;
  const labels = [{ id, label: `class ${id}`, score: (image % 100) / 128 }];
  return { index, uri: uriOf(image), version: `v${image}`, status: 'ok', labels };
}

async function write(id: string, records: readonly LabelRecord[], size = chunkSize): Promise<void> {
  const of = folderOf(id);
  // The newer run's parts are of the other format.
  const partFormat = id === newer ? 'parquet' : 'jsonl';
  const digest = `sha256:${'0'.repeat(64)}`;
  await store.replace(
    runFolder.runJson(of),
    encodeJson({
      ...{
        format: 1,
        id,
        created: '2026-01-01T00:00:00.000Z',
        preprocessing: {},
        topK: 1,
        chunkSize: size,
        partFormat,
      },
      source: { kind: 'listing', uri: 'file:///photos/', include: [], exclude: [] },
      bundle: {
        ...{ name: 'any', digest, trained: true },
        digests: { weights: digest, graph: digest, preprocessing: digest, labelMap: digest },
      },
      ...{ createOnce: true, ...(id === carrying ? { against } : {}) },
    }),
  );
  for (let seq = 0; seq * size < records.length; seq++) {
    const part = await encodePart(records.slice(seq * size, (seq + 1) * size), { partFormat });
    await store.replace(runFolder.part(of, seq, { partFormat }), part);
  }
}

/** The run's listing: its own images, and steps that carry these. */
async function list(steps: readonly (readonly CarriedImage[])[]): Promise<void> {
  let carried = 0;
  for (const [number, images] of steps.entries()) {
    carried += images.length;
    const state = { listed: own + carried, lastUri: '', ended: number === steps.length - 1, segments: 2 };
    const lines = images.map((image) => `${JSON.stringify(image)}\n`).join('');
    const step = await encodeStep({ ...state, carried, removed: 0 }, Buffer.from(lines), Buffer.of());
    await store.replace(runFolder.carried(run.folder, number), step);
  }
  const listed = { segments: 2, chunks: 2, images: own, carried, skipped: 0 };
  await store.replace(runFolder.listed(run.folder), encodeJson(listed));
}

const close = () => store.replace(runFolder.summary(run.folder), encodeJson({}));
async function whole(gallery: Gallery): Promise<void> {
  while (!(await gallery.facets(run)).complete);
}

const image = (from: string, number: number, index: number): CarriedImage => ({
  ...{ uri: uriOf(number), version: `v${number}`, run: from, index },
});

/** 1,500 of its own, and behind them 12,000 of an older run and 9 of a newer one whose chunks are of another size. */
async function chain() {
  const [fromOlder, fromNewer] = [range(20_000, 12_000), range(50_000, 9)];
  await write(older, fromOlder.map(record));
  await write(newer, fromNewer.map(record), 4);
  await write(carrying, range(0, own).map(record));
  const steps = [
    fromOlder.slice(0, 7_000).map((number, index) => image(older, number, index)),
    [
      ...fromNewer.map((number, index) => image(newer, number, index)),
      ...fromOlder.slice(7_000).map((number, index) => image(older, number, 7_000 + index)),
    ],
  ];
  await list(steps);
  const numbers = [...range(0, own), ...steps.flat().map(({ uri }) => Number(/\d+/.exec(uri)?.[0]))];
  return numbers.map((number, index) => ({
    record: record(number, index),
    carriedFrom: index < own ? null : number >= 50_000 ? newer : older,
  }));
}
const range = (first: number, count: number) => Array.from({ length: count }, (_, n) => first + n);

describe('a run that carries records', () => {
  it('shows them behind its own, as the run that labelled them has them, by every filter', async () => {
    const expected = await chain();
    await close();
    await using gallery = new Gallery(join(folder, 'cache'), stores, log);
    await whole(gallery);
    type Expected = (typeof expected)[number];
    const filters: [Filter, (image: Expected) => boolean][] = [
      [{}, () => true],
      [{ carried: true }, ({ carriedFrom }) => carriedFrom !== null],
      [{ carried: false }, ({ carriedFrom }) => carriedFrom === null],
      [{ origin: newer }, ({ carriedFrom }) => carriedFrom === newer],
      [{ origin: older, label: 'n4' }, (i) => i.carriedFrom === older && labelOf(i) === 'n4'],
      [{ origin: carrying }, () => false],
      [{ label: 'n4' }, (i) => labelOf(i) === 'n4'],
    ];
    for (const [filter, test] of filters) {
      const wanted = expected.filter(test);
      for (const offset of [0, 1_490, 8_500, wanted.length - 3]) {
        if (offset < 0) continue;
        const { total, images } = await gallery.page(run, filter, offset, 20, null);
        expect(total).toBe(wanted.length);
        expect(images.map(({ record, carriedFrom }) => ({ record, carriedFrom }))).toEqual(
          wanted.slice(offset, offset + 20),
        );
      }
    }
    expect((await gallery.facets(run)).facets).toMatchObject({
      ...{ ok: 13_509, error: 0, gone: 0 },
      origins: [
        { run: newer, count: 9 },
        { run: older, count: 12_000 },
      ],
    });
    expect(await gallery.record(run, 8_600)).toEqual(expected[8_600]?.record);
  });

  it('finds them again from an index that another process left, and after a retry moved their bytes', async () => {
    const expected = await chain();
    await close();
    {
      await using first = new Gallery(join(folder, 'cache'), stores, log);
      await whole(first);
    }
    const moved = range(20_000, 12_000).map(record);
    const error = { code: 'chunk_failed' as const, message: 'x'.repeat(1_000), retryable: true };
    moved[0] = { index: 0, uri: uriOf(20_000), status: 'error', error };
    await write(older, moved);
    await using gallery = new Gallery(join(folder, 'cache'), stores, log);
    const { images } = await gallery.page(run, { carried: true }, 1, 3, null);
    expect(images.map(({ record }) => record)).toEqual(
      expected.slice(own + 1, own + 4).map((one) => one.record),
    );
  });

  it('compares them with the run that labelled them: nothing has changed', async () => {
    await chain();
    await close();
    const other = { id: older, folder: folderOf(older), chunkSize, partFormat: 'jsonl' as const };
    await store.replace(runFolder.summary(other.folder), encodeJson({}));
    await using gallery = new Gallery(join(folder, 'cache'), stores, log);
    await whole(gallery);
    while (!(await gallery.facets(other)).complete);
    expect((await gallery.page(run, { changed: true }, 0, 1, other)).total).toBe(0);
    const { images } = await gallery.page(run, { origin: older }, 0, 1, other);
    expect(images[0]?.other).toEqual(record(20_000, 0));
    // And the other way round.
    const back = await gallery.page(other, {}, 7_000, 1, run);
    expect(back.images[0]?.other).toEqual(record(27_000, own + 7_000 + 9));
  });

  it('names those whose record is gone, and does not count them as labelled', async () => {
    await chain();
    await rm(new URL(folderOf(newer)), { recursive: true });
    await close();
    await using gallery = new Gallery(join(folder, 'cache'), stores, log);
    await whole(gallery);
    expect((await gallery.facets(run)).facets).toMatchObject({ ok: 13_500, gone: 9 });
    const { total, images } = await gallery.page(run, { origin: newer }, 0, 1, null);
    expect(total).toBe(9);
    expect(images[0]).toMatchObject({ record: null, carriedFrom: newer });
  });

  it('shows none of them before its listing has ended, and all of them once it has', async () => {
    await chain();
    await rm(new URL(runFolder.listed(run.folder)));
    await using gallery = new Gallery(join(folder, 'cache'), stores, log);
    expect((await gallery.page(run, {}, 0, 1, null)).total).toBe(own);
    const listed = { segments: 2, chunks: 2, images: own, carried: 12_009, skipped: 0 };
    await store.replace(runFolder.listed(run.folder), encodeJson(listed));
    await close();
    await whole(gallery);
    expect((await gallery.page(run, {}, 0, 1, null)).total).toBe(own + 12_009);
  });
});

function labelOf({ record: { status, ...rest } }: { record: LabelRecord }): string {
  return status === 'ok' && 'labels' in rest ? (rest.labels[0]?.id ?? '') : '';
}
