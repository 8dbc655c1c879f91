/** Workers and their engines on the page, in a real Chromium and every look. */
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { descendant } from '../parts/process-tree.ts';
import { type Serving, testToken } from '../parts/serve.ts';
import { ServedFolder } from '../parts/served-folder.ts';
import { looks, WatchedPage } from '../parts/watched-page.ts';

const photos = join(repository, 'examples/photos');

let served: ServedFolder;
let serving: Serving;
let browser: Browser;
let worker: LabelmillProcess;

beforeAll(async () => {
  served = await ServedFolder.open(repository);
  const source = join(served.folder.path, 'in');
  await mkdir(source);
  for (const name of (await readdir(photos)).filter((each) => each.endsWith('.jpg')))
    for (let copy = 0; copy < 20; copy++) await symlink(join(photos, name), join(source, `${copy}-${name}`));
  await symlink(join(repository, 'test/fixtures/images/empty.jpg'), join(source, 'empty.jpg'));
  const { out, env } = served;
  serving = served.serving;
  await labelmill(['enqueue', source, '--out', out, '--chunk-size', '32'], { env });
  worker = served.worker();
  browser = await served.browser();
});
afterAll(() => served?.[Symbol.asyncDispose]());

it('someone sees what each worker and its engine do, and that an engine was started again', async () => {
  const { page, faults } = await WatchedPage.open(browser, serving.origin, testToken);
  await page.getByRole('link', { name: 'Workers' }).click();
  const item = page.locator('.worker');
  await item.getByText('ready').waitFor();
  await item.getByText('3001 error').waitFor();
  await item.getByText('never restarted').waitFor();
  // The page looks again and again, and the focus stays.
  await page.getByRole('link', { name: 'Jobs' }).focus();
  const engine = await descendant(worker.pid, 'engine/main');
  process.kill(engine.pid, 'SIGKILL');
  await item.getByText('restarted once').waitFor();
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Jobs');
  expect(faults).toEqual([]);
  await page.close();
});

it.each(looks)('it has no accessibility fault and no sideways scrolling: $name', async (look) => {
  const watched = await WatchedPage.open(browser, serving.origin, testToken, look);
  const { page, faults } = watched;
  await watched.go('#/queues');
  await page.locator('.worker').waitFor();
  expect(await watched.accessibilityFaults()).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  await watched.screenshot(`10-${look.name}-workers`);
  expect(faults).toEqual([]);
  await page.close();
});
