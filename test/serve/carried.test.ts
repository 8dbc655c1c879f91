/** What the API says of a run that carries images, against `verify` and the files of the run that labelled them. */
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CarryingRun, makeCarryingRun } from '../parts/carrying-run.ts';
import { labelmill } from '../parts/labelmill.ts';
import { records } from '../parts/records.ts';
import { Serving } from '../parts/serve.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

let folder: TemporaryFolder;
let serving: Serving;
let runs: CarryingRun;

beforeAll(async () => {
  folder = await temporaryFolder();
  runs = await makeCarryingRun(folder.path);
  serving = await Serving.start(runs.out, { env: { XDG_CACHE_HOME: join(folder.path, 'cache') } });
});
afterAll(async () => {
  await serving?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

describe('a run that carries images', () => {
  it('has as many images as verify counts, and all of them are done', async () => {
    const verified = JSON.parse((await labelmill(['verify', join(runs.out, runs.second), '--json'])).stdout);
    expect(verified).toMatchObject({ listed: 17, ok: 2, error: 1, carried: 14, differences: [] });
    expect((await serving.get(`/api/runs/${runs.second}/images`)).total).toBe(verified.listed);
    expect(await serving.get(`/api/runs/${runs.second}`)).toMatchObject({
      ...{ images: 17, ok: 2, error: 1, carried: 14, against: runs.first, state: 'complete' },
    });
    expect(await serving.get(`/api/runs/${runs.first}`)).toMatchObject({ carried: 0, against: null });
  });

  it('shows the records of the run that labelled them, with its id and a picture', async () => {
    const { images } = await serving.get(`/api/runs/${runs.second}/images?carried=true`);
    expect(images).toHaveLength(14);
    const known = new Map((await records(join(runs.out, runs.first))).map((record) => [record.uri, record]));
    for (const { index, record, carriedFrom } of images) {
      expect(carriedFrom).toBe(runs.first);
      expect({ ...record, index: 0 }).toEqual({ ...known.get(record.uri), index: 0 });
      expect(record.index).toBe(index);
    }
    const cat = images.find(({ record }: { record: { uri: string } }) => record.uri.endsWith('/cat.jpg'));
    const response = await serving.fetch(`/api/runs/${runs.second}/images/${cat.index}/picture`);
    expect((await sharp(await response.arrayBuffer()).metadata()).format).toBe('jpeg');
  });

  it('is filtered by who labelled an image, and has changed only where it was labelled again', async () => {
    const { ok, error, gone, origins } = await serving.get(`/api/runs/${runs.second}/facets`);
    expect({ ok, error, gone, origins }).toEqual({
      ...{ ok: 16, error: 1, gone: 0, origins: [{ run: runs.first, count: 14 }] },
    });
    const uris = async (query: string) =>
      (await serving.get(`/api/runs/${runs.second}/images?${query}`)).images.map(
        ({ record }: { record: { uri: string } }) => record.uri.split('/').at(-1),
      );
    expect(await uris('carried=false')).toEqual(['added.jpg', 'temple.jpg', 'truncated.jpg']);
    expect(await uris(`origin=${runs.first}`)).toHaveLength(14);
    expect(await uris(`against=${runs.first}&changed=true`)).toEqual(['temple.jpg']);
    expect((await serving.fetch(`/api/runs/${runs.second}/images?origin=../x`)).status).toBe(400);
  });
});
