/** The gallery's answers about a real run, against the run's own files. */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records } from '../parts/records.ts';
import { Serving } from '../parts/serve.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

const hostileName = `<img src=x onerror=alert(1)> "quoted'.jpg`;

let folder: TemporaryFolder;
let serving: Serving;
let run: string;
// biome-ignore lint/suspicious/noExplicitAny: records as they lie in the files
let all: any[];

beforeAll(async () => {
  folder = await temporaryFolder();
  const source = join(folder.path, 'in');
  await mkdir(source);
  for (const from of ['examples/photos', 'test/fixtures/images']) {
    for (const name of await readdir(join(repository, from))) {
      if (/\.(py|md)$/.test(name)) continue;
      await copyFile(join(repository, from, name), join(source, name));
    }
  }
  await copyFile(join(repository, 'examples/photos/cat.jpg'), join(source, hostileName));
  const out = join(folder.path, 'runs');
  await labelmill(['label', source, '--out', out]);
  [run = ''] = await readdir(out);
  all = await records(join(out, run));
  serving = await Serving.start(out, { env: { XDG_CACHE_HOME: join(folder.path, 'cache') } });
});
afterAll(async () => {
  await serving[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe('the gallery', () => {
  it('counts labels, bands and errors as the run’s files hold them', async () => {
    const facets = await serving.get(`/api/runs/${run}/facets`);
    const ok = all.filter((record) => record.status === 'ok');
    expect(facets).toMatchObject({ ok: ok.length, error: all.length - ok.length, indexing: null });
    for (const { id, count } of facets.labels)
      expect(count).toBe(ok.filter(({ labels }) => labels[0].id === id).length);
    for (const [band, count] of facets.bands.entries()) {
      const inBand = ok.filter(
        ({ labels }) => Math.min(9, Math.floor(10 * Math.fround(labels[0].score))) === band,
      );
      expect(count).toBe(inBand.length);
    }
    for (const [code, count] of Object.entries(facets.errors))
      expect(count).toBe(all.filter((record) => record.error?.code === code).length);
    expect(Object.keys(facets.errors).length).toBeGreaterThan(3);
  });

  it('finds by label, by part of a name or id, by confidence, by status and by code', async () => {
    const label = all.find((record) => record.uri.endsWith('/cat.jpg')).labels[0];
    const asked: [string, (record: (typeof all)[number]) => boolean][] = [
      ['', () => true],
      [`label=${label.id}`, (r) => r.labels?.[0].id === label.id],
      [`search=${label.id.slice(0, 5)}`, (r) => r.labels?.[0].id.includes(label.id.slice(0, 5))],
      [
        `search=${label.label.slice(1, 4).toUpperCase()}`,
        (r) => r.labels?.[0].label.includes(label.label.slice(1, 4)),
      ],
      ['min=0.5', (r) => r.labels?.[0].score >= 0.5],
      ['min=0.2&max=0.3', (r) => r.labels?.[0].score >= 0.2 && r.labels[0].score < 0.3],
      ['status=error', (r) => r.status === 'error'],
      ['status=ok', (r) => r.status === 'ok'],
      ['code=undecodable', (r) => r.error?.code === 'undecodable'],
    ];
    for (const [query, test] of asked) {
      const { total, images } = await serving.get(`/api/runs/${run}/images?limit=500&${query}`);
      const expected = all.filter(test);
      expect(
        images.map(({ record }: { record: unknown }) => record),
        query,
      ).toEqual(expected);
      expect(total).toBe(expected.length);
    }
  });

  it('goes through a run page by page, each image once', async () => {
    const seen: number[] = [];
    for (let offset = 0; offset < all.length; offset += 7) {
      const { images } = await serving.get(`/api/runs/${run}/images?offset=${offset}&limit=7`);
      seen.push(...images.map(({ index }: { index: number }) => index));
    }
    expect(seen).toEqual(all.map(({ index }) => index));
  });

  it('compares a run with itself under another name: nothing has changed but what is another there', async () => {
    const other = '20200101-000000000-other';
    await copyRun(run, other, (record) =>
      record.uri.endsWith('/cat.jpg') ? { ...record, labels: record.labels.toReversed() } : record,
    );
    const { total, images } = await serving.get(`/api/runs/${run}/images?against=${other}&changed=true`);
    expect(total).toBe(1);
    expect(images[0].record.uri).toMatch(/\/cat\.jpg$/);
    expect(images[0].other.labels[0]).toEqual(images[0].record.labels.at(-1));
    expect((await serving.get(`/api/runs/${run}/images?against=${other}`)).total).toBe(all.length);
  });
});

describe('a picture', () => {
  const pictureOf = (index: number, query = '', of = run) =>
    serving.fetch(`/api/runs/${of}/images/${index}/picture${query}`);

  it('is the whole image, no larger than asked, encoded again without its metadata', async () => {
    const { index } = all.find((record) => record.uri.endsWith('/exif-6.jpg'));
    for (const [query, side] of [
      ['', 320],
      ['?size=whole', 1600],
    ] as const) {
      const response = await pictureOf(all.find((r) => r.uri.endsWith('/mountain.jpg')).index, query);
      expect(response.headers.get('content-type')).toBe('image/jpeg');
      const { width = 0, height = 0 } = await sharp(await response.arrayBuffer()).metadata();
      const original = await sharp(join(repository, 'examples/photos/mountain.jpg')).metadata();
      expect(Math.max(width, height)).toBe(Math.min(side, Math.max(original.width, original.height)));
    }
    const upright = await sharp(await (await pictureOf(index)).arrayBuffer()).metadata();
    expect(upright.exif).toBeUndefined();
    expect(upright.orientation).toBeUndefined();
  });

  it('comes from the cache the second time, though the original is gone', async () => {
    const { index, uri } = all.find((record) => record.uri.endsWith('/rocket.jpg'));
    const first = Buffer.from(await (await pictureOf(index)).arrayBuffer());
    await writeFile(new URL(uri), '');
    expect(Buffer.from(await (await pictureOf(index)).arrayBuffer())).toEqual(first);
  });

  it('of an image that is another by now is not shown beside the labels of the old one', async () => {
    const { index, uri } = all.find((record) => record.uri.endsWith('/temple.jpg'));
    await copyFile(join(repository, 'examples/photos/cat.jpg'), new URL(uri));
    expect(await (await pictureOf(index)).json()).toMatchObject({ status: 409, code: 'changed' });
  });

  it('of a truncated image shows what is there of it, and no more', async () => {
    const { index } = all.find((record) => record.uri.endsWith('/truncated.jpg'));
    const picture = sharp(Buffer.from(await (await pictureOf(index)).arrayBuffer()));
    const { width = 0, height = 0 } = await picture.metadata();
    const named = await sharp(join(repository, 'test/fixtures/images/truncated.jpg')).metadata();
    expect(width / height).toBeCloseTo((named.width ?? 0) / (named.height ?? 1), 1);
    // Noise above, and nothing below: the file holds three fifths of it.
    const values = async (top: number) => {
      const strip = picture.clone().extract({ left: 0, top, width, height: 8 }).greyscale().raw();
      return new Set(await strip.toBuffer());
    };
    expect((await values(0)).size).toBeGreaterThan(50);
    expect((await values(height - 8)).size).toBeLessThan(5);
  });

  it('of an image that was refused for a limit or its format is a problem, and so is one the run does not have', async () => {
    const refused = all.filter(({ error }) => error !== undefined && error.code !== 'undecodable');
    const codes = refused.map(({ error }) => error.code);
    for (const code of ['too_many_pixels', 'bad_aspect', 'unsupported_format', 'empty'])
      expect(codes).toContain(code);
    const { images } = await serving.get(`/api/runs/${run}/images?status=error&limit=500`);
    const shown = images.filter((image: { shown: boolean }) => image.shown);
    expect(shown.length + refused.length).toBe(images.length);
    for (const { index, uri, error } of refused) {
      // Even where a good image is there by now: what is shown beside a record is what was refused, or nothing.
      await copyFile(join(repository, 'examples/photos/cat.jpg'), new URL(uri));
      expect(await (await pictureOf(index)).json()).toMatchObject({ status: 404, code: error.code });
    }
    expect(await (await pictureOf(all.length)).json()).toMatchObject({ status: 404, code: 'unknown_image' });
    expect((await pictureOf(-1)).status).toBe(400);
  });

  it('of a record that claims damage is decoded by the limits all the same', async () => {
    const other = '20200101-000000000-large';
    const error = { code: 'undecodable', message: 'forged', retryable: false };
    await copyRun(run, other, (record) => (record.status === 'error' ? { ...record, error } : record));
    for (const name of ['30000x30000.png', '1x65535.png', 'text.jpg', 'empty.jpg']) {
      await copyFile(
        join(repository, 'test/fixtures/images', name),
        new URL(all.find((record) => record.uri.endsWith(`/${name}`)).uri),
      );
      const { index, error } = all.find((record) => record.uri.endsWith(`/${name}`));
      expect(await (await pictureOf(index, '', other)).json(), name).toMatchObject({
        status: 404,
        code: error.code,
      });
    }
  });

  it('of a record that was forged makes no request, and reads no file outside the source', async () => {
    let asked = 0;
    const trap = createServer((_request, response) => {
      asked++;
      response.end();
    });
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    const { port } = trap.address() as { port: number };
    const secret = join(folder.path, 'secret.jpg');
    await copyFile(join(repository, 'examples/photos/cat.jpg'), secret);
    const forged = [
      `http://127.0.0.1:${port}/a.jpg`,
      `https://127.0.0.1:${port}/a.jpg`,
      'https://169.254.169.254/latest/meta-data/',
      `file://${secret}`,
      `file://${folder.path}/in/../secret.jpg`,
      'file:///etc/passwd',
      'file:///proc/self/environ',
    ];
    const other = '20200101-000000000-forged';
    await copyRun(run, other, (record, place) =>
      forged[place] === undefined
        ? record
        : { ...record, status: 'ok', uri: forged[place], error: undefined, labels: [] },
    );
    for (const place of forged.keys()) {
      const response = await pictureOf(place, '', other);
      expect(await response.json(), forged[place]).toMatchObject({ status: 404, code: 'uri_refused' });
    }
    trap.close();
    expect(asked).toBe(0);
  });

  it('cannot be asked for by URI', async () => {
    const { index } = all.find((record) => record.uri.endsWith('/cat.jpg'));
    const own = Buffer.from(await (await pictureOf(index)).arrayBuffer());
    const named = await pictureOf(index, '?uri=file:///etc/passwd&url=http://127.0.0.1/');
    expect(Buffer.from(await named.arrayBuffer())).toEqual(own);
  });
});

/** A run's folder again under another id, its records changed. */
async function copyRun(
  from: string,
  to: string,
  // biome-ignore lint/suspicious/noExplicitAny: records as they lie in the files
  change: (record: any, place: number) => unknown,
): Promise<void> {
  const [source, target] = [join(folder.path, 'runs', from), join(folder.path, 'runs', to)];
  await mkdir(join(target, 'labels'), { recursive: true });
  for (const name of await readdir(join(source, 'labels'))) {
    const lines = (await readFile(join(source, 'labels', name), 'utf8')).trim().split('\n');
    const first = Number(/\d+/.exec(name)?.[0]) * 32;
    const changed = lines.map(
      (line, place) => `${JSON.stringify(change(JSON.parse(line), first + place))}\n`,
    );
    await writeFile(join(target, 'labels', name), changed.join(''));
  }
  for (const name of ['summary.json', 'run.json']) {
    const value = JSON.parse(await readFile(join(source, name), 'utf8'));
    await writeFile(
      join(target, name),
      JSON.stringify({ ...value, ...(name === 'run.json' ? { id: to } : { run: to }) }),
    );
  }
  await writeFile(join(target, '_SUCCESS'), '');
  // The list of runs is remembered for a moment.
  while ((await serving.fetch(`/api/runs/${to}`)).status === 404) await serving.get('/api/runs');
}
