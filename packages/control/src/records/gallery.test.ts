/** Pages of a filtered run of several blocks, against the same done plainly on an array. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutageError } from '@labelmill/shared/errors';
import { createLogger } from '@labelmill/shared/logging';
import { encodePart } from '@labelmill/shared/run/part';
import { encodeJson } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import { partFormatSchema } from '@labelmill/shared/schema/run';
import { FileStore } from '@labelmill/shared/store/file-store';
import type { Stores } from '@labelmill/shared/store/stores';
import { toUri } from '@labelmill/shared/store/uri';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpProblem } from '../problem.ts';
import type { Filter } from './filter.ts';
import { Gallery } from './gallery.ts';
import type { IndexedRun } from './record-index.ts';

const chunkSize = 1_000;
const images = 20_500;
const store = new FileStore(null);
const over = (only: FileStore): Stores => ({ for: () => only, async [Symbol.asyncDispose]() {} });
const stores = over(store);
const log = createLogger({ name: 'test', level: 'silent' });
let folder: string;
let run: IndexedRun;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelmill-gallery-'));
  run = {
    id: '20260101-000000000-aaaaa',
    folder: `${toUri(join(folder, 'run'), '/')}/`,
    chunkSize,
    partFormat: 'jsonl',
  };
});
afterEach(() => rm(folder, { recursive: true }));

class CountingStore extends FileStore {
  reads = 0;

  override read(...args: Parameters<FileStore['read']>): ReturnType<FileStore['read']> {
    this.reads++;
    return super.read(...args);
  }
}

/** Classes and scores from arithmetic, so that both sides of a comparison know them. */
function record(index: number, shift = 0): LabelRecord {
  const uri = `file:///photos/${index}.jpg`;
  if (index % 97 === 5)
    return { index, uri, status: 'error', error: { code: 'undecodable', message: 'x', retryable: false } };
  const id = `n${(index * 7 + shift) % 13}`;
  return {
    index,
    uri,
    status: 'ok',
    labels: [{ id, label: `class ${id}`, score: ((index * 31) % 100) / 128 }],
  };
}

async function write(of: IndexedRun, chunks: Iterable<number>, shift = 0): Promise<void> {
  for (const seq of chunks) {
    const first = seq * chunkSize;
    const records = Array.from({ length: Math.min(chunkSize, images - first) }, (_, n) =>
      record(first + n, shift),
    );
    await store.replace(runFolder.part(of.folder, seq, of), await encodePart(records, of));
  }
}

const allChunks = Array.from({ length: Math.ceil(images / chunkSize) }, (_, seq) => seq);
const everything = Array.from({ length: images }, (_, index) => record(index));

async function whole(gallery: Gallery, of = run): Promise<void> {
  while (!(await gallery.facets(of)).complete);
}

describe('a page of a filter', () => {
  it.each(partFormatSchema.options)(
    'of %s parts holds what a plain filter over all records holds, wherever it begins',
    async (partFormat) => {
      run = { ...run, partFormat };
      await write(run, allChunks.toReversed());
      await store.replace(runFolder.summary(run.folder), encodeJson({}));
      await using gallery = new Gallery(join(folder, 'cache'), stores, log);
      await whole(gallery);
      const filters: [Filter, (r: LabelRecord) => boolean][] = [
        [{}, () => true],
        [{ label: 'n3' }, (r) => r.status === 'ok' && r.labels[0]?.id === 'n3'],
        [{ search: 'N1' }, (r) => r.status === 'ok' && (r.labels[0]?.id.includes('n1') ?? false)],
        [{ min: 0.5 }, (r) => r.status === 'ok' && (r.labels[0]?.score ?? 0) >= 0.5],
        [{ code: 'undecodable' }, (r) => r.status === 'error'],
        [{ label: 'no such' }, () => false],
      ];
      for (const [filter, test] of filters) {
        const expected = everything.filter(test);
        for (const offset of [0, 1, 99, 8_191, 8_192, expected.length - 3, expected.length]) {
          if (offset < 0) continue;
          const { total, images: page } = await gallery.page(run, filter, offset, 50, null);
          expect(total).toBe(expected.length);
          expect(page.map((image) => image.record)).toEqual(expected.slice(offset, offset + 50));
        }
      }
    },
  );

  it.each(partFormatSchema.options)(
    'of a run that goes on in %s parts grows as they come, and follows one that a retry replaced',
    async (partFormat) => {
      run = { ...run, partFormat };
      await write(run, [2, 0]);
      await using gallery = new Gallery(join(folder, 'cache'), stores, log);
      expect((await gallery.page(run, {}, 0, 1, null)).total).toBe(2_000);
      await write(run, [1]);
      await write(run, [0], 1);
      await store.replace(runFolder.summary(run.folder), encodeJson({}));
      await whole(gallery);
      expect((await gallery.page(run, {}, 0, 1, null)).total).toBe(3_000);
      const { images: page } = await gallery.page(run, {}, 0, 2, null);
      expect(page.map((image) => image.record)).toEqual([record(0, 1), record(1, 1)]);
    },
  );

  it('has one unreadable record in place of a Parquet part that is damaged', async () => {
    run = { ...run, partFormat: 'parquet' };
    await write(run, [0, 1, 2]);
    await store.replace(runFolder.part(run.folder, 1, run), Buffer.from('PAR1'));
    await store.replace(runFolder.summary(run.folder), encodeJson({}));
    await using gallery = new Gallery(join(folder, 'cache'), stores, log);
    await whole(gallery);
    const { total, images: page } = await gallery.page(run, {}, 999, 3, null);
    expect(total).toBe(2_001);
    expect(page.map((image) => image.record)).toEqual([record(999), null, record(2_000)]);
    expect((await gallery.facets(run)).facets.errors).toMatchObject({ unreadable: 1 });
  });

  it('is not called the whole while nobody knows yet how many parts there are', async () => {
    await write(run, [0]);
    const listed = Promise.withResolvers<void>();
    class LateStore extends FileStore {
      override async *list(...args: Parameters<FileStore['list']>): ReturnType<FileStore['list']> {
        await listed.promise;
        yield* super.list(...args);
      }
    }
    await using gallery = new Gallery(join(folder, 'cache'), over(new LateStore(null)), log);
    expect((await gallery.facets(run)).indexing).not.toBeNull();
    listed.resolve();
    while ((await gallery.facets(run)).indexing !== null);
    expect((await gallery.facets(run)).facets.ok).toBeGreaterThan(900);
  });

  it('comes from the index that another process left, without its parts being read again', async () => {
    await write(run, allChunks);
    await store.replace(runFolder.summary(run.folder), encodeJson({}));
    {
      await using first = new Gallery(join(folder, 'cache'), stores, log);
      await whole(first);
    }
    const counting = new CountingStore(null);
    await using second = new Gallery(join(folder, 'cache'), over(counting), log);
    expect((await second.page(run, { label: 'n3' }, 10, 5, null)).total).toBeGreaterThan(1_000);
    // The part of the page's records alone.
    expect(counting.reads).toBe(1);
  });
});

describe('a page whose records lie in many parts', () => {
  it('has no more than eight of them read at a time', async () => {
    class Busy extends FileStore {
      most = 0;
      #now = 0;

      override async read(...args: Parameters<FileStore['read']>): ReturnType<FileStore['read']> {
        this.most = Math.max(this.most, ++this.#now);
        try {
          return await super.read(...args);
        } finally {
          this.#now--;
        }
      }
    }
    await write(run, allChunks);
    await store.replace(runFolder.summary(run.folder), encodeJson({}));
    const busy = new Busy(null);
    await using gallery = new Gallery(join(folder, 'cache'), over(busy), log);
    await whole(gallery);
    busy.most = 0;
    const errors = everything.filter(({ status }) => status === 'error');
    const { images: page } = await gallery.page(run, { code: 'undecodable' }, 0, 500, null);
    expect(page.map((image) => image.record)).toEqual(errors);
    expect(busy.most).toBe(8);
  });
});

describe('an index', () => {
  it('goes on after an outage where it stopped', async () => {
    class OnceAway extends CountingStore {
      away = true;

      override async read(...args: Parameters<FileStore['read']>): ReturnType<FileStore['read']> {
        if (args[0].includes('part-00000015') && this.away) {
          this.away = false;
          throw new OutageError('s3_unavailable', 'S3 fails (HTTP 503)');
        }
        return super.read(...args);
      }
    }
    await write(run, allChunks);
    await store.replace(runFolder.summary(run.folder), encodeJson({}));
    const once = new OnceAway(null);
    await using gallery = new Gallery(join(folder, 'cache'), over(once), log);
    const problems = new Set<string>();
    const complete = async () => {
      try {
        return (await gallery.facets(run)).complete;
      } catch (error) {
        problems.add((error as HttpProblem).code);
        return false;
      }
    };
    while (!(await complete()));
    expect([...problems]).toEqual(['cannot_index']);
    expect((await gallery.page(run, {}, 0, 1, null)).total).toBe(images);
    // Those that were under way with the one that failed may be read twice; of the page, one part.
    expect(once.reads).toBeLessThanOrEqual(allChunks.length + 8 + 1);
  });

  it('that is dropped while its parts are read waits for none of them', async () => {
    class Hanging extends FileStore {
      override read(...[, options]: Parameters<FileStore['read']>): ReturnType<FileStore['read']> {
        return new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        });
      }
    }
    await write(run, allChunks);
    {
      await using gallery = new Gallery(join(folder, 'cache'), over(new Hanging(null)), log);
      expect((await gallery.facets(run)).indexing).toEqual({ read: 0, found: allChunks.length });
    }
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });
});

describe('two runs', () => {
  it('are compared by URI, though the other lists its images in another order', async () => {
    const other: IndexedRun = { ...run, id: 'b', folder: `${toUri(join(folder, 'other'), '/')}/` };
    await write(run, [0, 1, 2]);
    const turned = everything
      .slice(0, 2_000)
      .toReversed()
      .map((r, index) => ({ ...r, index }));
    // Every third has another class there.
    const changed = turned.map((r) =>
      r.status === 'ok' && Number(/\d+/.exec(r.uri)?.[0]) % 3 === 0
        ? { ...r, labels: [{ id: 'other', label: 'other', score: 1 }] }
        : r,
    );
    for (const seq of [0, 1])
      await store.replace(
        runFolder.part(other.folder, seq, other),
        await encodePart(changed.slice(seq * 1000, (seq + 1) * 1000), other),
      );
    for (const { folder: of } of [run, other]) await store.replace(runFolder.summary(of), encodeJson({}));
    await using gallery = new Gallery(join(folder, 'cache'), stores, log);
    await whole(gallery);
    await whole(gallery, other);
    const expected = everything.slice(0, 2_000).filter((r) => r.status === 'ok' && r.index % 3 === 0);
    const { total, images: page } = await gallery.page(run, { changed: true }, 0, 500, other);
    expect(total).toBe(expected.length);
    expect(page.map((image) => image.record)).toEqual(expected.slice(0, 500));
    expect(page.every((image) => image.other?.uri === image.record?.uri)).toBe(true);
    expect((await gallery.page(run, {}, 2_500, 1, other)).images[0]?.other).toBeNull();
  });

  it('leave their comparison on disk, but no more than the eight that were made last', async () => {
    await write(run, [0]);
    await store.replace(runFolder.summary(run.folder), encodeJson({}));
    await using gallery = new Gallery(join(folder, 'cache'), stores, log);
    for (let n = 0; n < 10; n++) {
      const other: IndexedRun = {
        ...run,
        id: `other-${n}`,
        folder: `${toUri(join(folder, `other-${n}`), '/')}/`,
      };
      await write(other, [0], 1);
      await store.replace(runFolder.summary(other.folder), encodeJson({}));
      expect((await gallery.page(run, { changed: true }, 0, 1, other)).total).toBeGreaterThan(0);
    }
    const kept = (await readdir(join(folder, 'cache'))).filter((name) => name.startsWith('new-compared-'));
    expect(kept).toHaveLength(8);
  });
});
