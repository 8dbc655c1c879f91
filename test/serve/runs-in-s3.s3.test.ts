/**
 * Runs whose folders lie in S3, by a user with the least policy: what people do with them on the page, in a real Chromium,
 * and what the commands that read a run say of them.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '@labelmill/control/api-schema';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../parts/browser.ts';
import { testCeph } from '../parts/ceph.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { type LimitedS3, limitedS3 } from '../parts/limited-s3.ts';
import { TestRedis } from '../parts/redis.ts';
import { runEvents } from '../parts/run-events.ts';
import { Serving, testToken } from '../parts/serve.ts';
import { TcpProxy } from '../parts/tcp-proxy.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { isTrue, WatchedPage } from '../parts/watched-page.ts';

const photos = join(repository, 'examples/photos');
const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg')).sort();
const broken = ['empty.jpg', 'text.jpg', 'truncated.jpg'];
const all = names.length + broken.length;
/** Class ids by PyTorch, best first. */
const { photos: expected } = JSON.parse(
  await readFile(join(repository, 'test/fixtures/vgg-mini.expected.json'), 'utf8'),
) as { photos: Record<string, { id: string }[]> };
const bestOf = (name: string) => expected[name]?.[0]?.id;

const stack = new AsyncDisposableStack();
let user: LimitedS3 | null;
let store: ObjectStore;
let browser: Browser;
let serving: Serving;
let folder: string;
let env: NodeJS.ProcessEnv;
let out: string;
let first: string;
let second: string;

beforeAll(async () => {
  const ceph = await testCeph();
  user = await limitedS3(ceph);
  if (user === null) return;
  store = stack.use(openOperatorStores(ceph.config)).for('s3://');
  for (const name of names)
    await store.create(`s3://${user.images}/photos/${name}`, await readFile(join(photos, name)));
  for (const name of broken)
    await store.create(
      `s3://${user.images}/photos/${name}`,
      await readFile(join(repository, 'test/fixtures/images', name)),
    );
  folder = stack.use(await temporaryFolder()).path;
  const redis = stack.use(await TestRedis.start());
  env = { ...user.env, REDIS_URL: redis.url, XDG_CACHE_HOME: join(folder, 'cache') };
  out = `s3://${user.runs}/all/`;
  browser = stack.adopt(await startBrowser(), (opened) => opened.close());
  serving = stack.use(await Serving.start(out, { env }));
});
afterAll(() => stack.disposeAsync());

async function enqueue(): Promise<string> {
  const args = ['enqueue', `s3://${user?.images}/photos/`, '--out', out, '--chunk-size', '4', '--json'];
  return JSON.parse((await labelmill(args, { env })).stdout).run;
}

const images = (run: string, query: string) => serving.get(`/api/runs/${run}/images?${query}`);
const nameOf = ({ record }: { record: { uri: string } }) => record.uri.split('/').at(-1);

describe('runs in S3', () => {
  it('are watched from their beginning to their end', async ({ skip }) => {
    if (user === null) skip('users cannot be made at LABELMILL_TEST_S3');
    first = await enqueue();
    const events = runEvents(serving, first);
    expect((await events.next()).value.run).toMatchObject({ state: 'running', images: all, ok: 0, error: 0 });
    const watched = await WatchedPage.open(browser, serving.origin, testToken);
    const { page, faults } = watched;
    await page.getByRole('link', { name: first }).click();
    await page.getByText(`0 of ${all}`).waitFor();
    await using worker = new LabelmillProcess(['worker'], { env });
    await page.locator('.state.complete').waitFor();
    expect(await page.locator('dd.bad').textContent()).toBe(String(broken.length));
    for await (const { run, sample } of events) {
      if (run.state !== 'complete') continue;
      expect(run).toMatchObject({ ok: names.length, error: broken.length, actions: ['retry'] });
      expect(sample).toMatchObject({ done: all });
      break;
    }
    const dogs = await readFile(join(photos, 'dogs.jpg'));
    await store.replace(`s3://${user?.images}/photos/temple.jpg`, dogs);
    second = await enqueue();
    await watched.go('#/');
    await page.locator('.runs tr').nth(2).locator('.state.complete').waitFor();
    worker.kill('SIGTERM');
    await worker.ended;
    expect(faults).toEqual([]);
    await page.close();
  });

  it('are filtered by label, searched and paged through, as PyTorch labels the photos', async ({ skip }) => {
    if (user === null) skip('users cannot be made at LABELMILL_TEST_S3');
    const facets = await serving.get(`/api/runs/${first}/facets`);
    expect(facets).toMatchObject({ ok: names.length, error: broken.length, indexing: null });
    const id = bestOf('cat.jpg') ?? '';
    const cats = names.filter((name) => bestOf(name) === id);
    expect(facets.labels).toContainEqual(expect.objectContaining({ id, count: cats.length }));
    for (const query of [`label=${id}`, `search=${id}`])
      expect((await images(first, query)).images.map(nameOf), query).toEqual(cats);
    const pages = [];
    for (let offset = 0; offset < broken.length; offset += 2)
      pages.push(...(await images(first, `status=error&offset=${offset}&limit=2`)).images.map(nameOf));
    expect(pages).toEqual(broken);
    const everything = (await images(first, 'limit=500')).images;
    const [{ index }] = (await images(first, `label=${id}`)).images;
    expect(everything).toHaveLength(all);
    const picture = await serving.fetch(`/api/runs/${first}/images/${index}/picture?size=whole`);
    const shown = await sharp(await picture.arrayBuffer()).metadata();
    const original = await sharp(join(photos, cats[0] ?? '')).metadata();
    expect(Math.max(shown.width, shown.height)).toBe(
      Math.min(1600, Math.max(original.width, original.height)),
    );
  });

  it('are looked through, compared and opened on the page', async ({ skip }) => {
    if (user === null) skip('users cannot be made at LABELMILL_TEST_S3');
    const watched = await WatchedPage.open(browser, serving.origin, testToken);
    const { page, faults } = watched;
    await watched.go(`#/run/${first}`);
    await page.locator('.example .uri').nth(1).waitFor();
    await page.getByRole('link', { name: 'undecodable' }).click();
    await page.locator('.cell .failed').first().waitFor();
    await page.getByRole('button', { name: /^errors/ }).click();
    await page.getByText(`${broken.length} of ${all} images`).waitFor();
    await watched.go(`#/images/${second}`);
    await page.getByLabel('With').selectOption(first);
    await page.getByText(`1 of ${all} images`).waitFor();
    const cell = page.locator('.cell.changed');
    expect(await cell.getAttribute('title')).toBe('temple.jpg');
    await cell.click();
    await page.getByRole('heading', { name: 'The other run' }).waitFor();
    await page.locator('dialog[open] .whole img[src]').waitFor();
    await isTrue(page, 'document.querySelector("dialog[open] .whole img")?.naturalWidth > 0');
    expect(faults).toEqual([]);
    await page.close();
  });

  it('are shown to the end without a Redis too', async ({ skip }) => {
    if (user === null) skip('users cannot be made at LABELMILL_TEST_S3');
    const { REDIS_URL: _, ...folders } = env;
    await using alone = await Serving.start(out, { env: folders });
    const { runs } = await alone.get('/api/runs');
    expect(runs.map(({ id }: { id: string }) => id)).toEqual([second, first]);
    const events = runEvents(alone, first);
    expect((await events.next()).value.run).toMatchObject({
      ...{ state: 'complete', images: all, ok: names.length, error: broken.length, actions: [] },
    });
  });

  it('are reported, compared and told of by the commands with the same counts as by verify', async ({
    skip,
  }) => {
    if (user === null) skip('users cannot be made at LABELMILL_TEST_S3');
    const said = async (args: string[], status: number) => {
      const ended = await labelmill([...args, '--json'], { env, cwd: folder });
      expect(ended.status, ended.stderr).toBe(status);
      return JSON.parse(ended.stdout);
    };
    const run = `${out}${first}`;
    const counts = { listed: all, ok: names.length, error: broken.length };
    expect(await said(['verify', run], 3)).toMatchObject({ ...counts, complete: true, differences: [] });
    expect(await said(['report', run], 0)).toMatchObject(counts);
    const page = await readFile(join(folder, `${first}.report.html`), 'utf8');
    expect(page.match(/<figure[^>]*><img src="data:image\/webp;base64,/g)?.length).toBe(names.length - 1);
    expect(page.match(/<span class="missing">changed since/g)?.length).toBe(1);
    expect(await said(['diff', run, `${out}${second}`], 0)).toMatchObject({
      counts: { changed: 1 },
    });
    expect(await said(['status', first], 0)).toMatchObject({ state: 'complete' });
  });

  it('are a problem while S3 is away, and there again when it is back', async ({ skip }) => {
    const limited = user ?? skip('users cannot be made at LABELMILL_TEST_S3');
    const { port } = new URL(limited.env.AWS_ENDPOINT_URL_S3 ?? '');
    await using proxy = await TcpProxy.start(Number(port));
    const { REDIS_URL: _, ...folders } = env;
    const AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${proxy.port}`;
    const XDG_CACHE_HOME = join(folder, 'another-cache');
    const LABELMILL_FETCH_TIMEOUT_MS = '2000';
    await using away = await Serving.start(out, {
      env: { ...folders, AWS_ENDPOINT_URL_S3, XDG_CACHE_HOME, LABELMILL_FETCH_TIMEOUT_MS },
    });
    const asked = ['', `/${first}`, `/${first}/facets`, `/${first}/images`].map((path) => `/api/runs${path}`);
    proxy.harm = { kind: 'down' };
    for (const path of asked) {
      const response = await away.fetch(path);
      expect(response.headers.get('content-type'), path).toContain('application/problem+json');
      const { status, code, detail } = (await response.json()) as Problem;
      expect({ status, code }, path).toEqual({ status: 502, code: 's3_network' });
      expect(detail).toMatch(/^cannot list s3:\/\/.*cannot be reached/);
    }
    proxy.harm = { kind: 'none' };
    expect((await away.get('/api/runs')).runs).toHaveLength(2);
    const { index } = (await away.get(`/api/runs/${first}/images?status=ok&limit=1`)).images[0];
    proxy.harm = { kind: 'down' };
    const picture = await away.fetch(`/api/runs/${first}/images/${index}/picture`);
    expect(await picture.json()).toMatchObject({ status: 502, code: expect.stringMatching(/^s3_/) });
    proxy.harm = { kind: 'none' };
    expect((await away.fetch(`/api/runs/${first}/images/${index}/picture`)).status).toBe(200);
  });

  it('are a problem, and not missing, where the bucket may not be listed', async ({ skip }) => {
    const limited = user ?? skip('users cannot be made at LABELMILL_TEST_S3');
    await limited.withdraw('ListRuns');
    await using refused = await Serving.start(out, { env });
    const response = await refused.fetch('/api/runs');
    expect(await response.json()).toMatchObject({
      status: 502,
      code: 'output_unreadable',
      detail: expect.stringMatching(/access denied/),
    });
    const verified = await labelmill(['verify', `${out}${first}`], { env });
    expect(verified.stderr).toMatch(/^labelmill: cannot list s3:.*access denied.*\[source_unreadable\]\n$/);
    expect(verified.status).toBe(2);
  });
});
