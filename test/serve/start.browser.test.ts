/** The form that starts a run, in a real Chromium, over a real Redis and a real worker. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../parts/labelmill.ts';
import { type Serving, testToken } from '../parts/serve.ts';
import { ServedFolder } from '../parts/served-folder.ts';
import { looks, WatchedPage } from '../parts/watched-page.ts';

let served: ServedFolder;
let serving: Serving;
let browser: Browser;
let source: string;

const open = (look = {}) => WatchedPage.open(browser, serving.origin, testToken, look);

beforeAll(async () => {
  served = await ServedFolder.open();
  source = join(served.folder.path, 'photos');
  await mkdir(source);
  for (const name of ['cat.jpg', 'dogs.jpg', 'coffee.jpg'])
    await copyFile(join(repository, 'examples/photos', name), join(source, name));
  serving = served.serving;
  served.worker();
  browser = await served.browser();
});
afterAll(() => served?.[Symbol.asyncDispose]());

describe('someone who starts a run', () => {
  it('is told when all is labelled though only changes were wanted, and the next time only those are', async () => {
    const watched = await open();
    const { page, faults } = watched;
    await watched.go('#/start');
    await page.getByRole('textbox', { name: 'Source' }).fill(source);
    await page.getByLabel('only what has changed').check();
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('no complete run of this source').waitFor();
    await watched.screenshot('10-start-all');
    await page.getByRole('link', { name: /^Go to run/ }).click();
    await page.locator('.state.complete').waitFor();
    const first = await page.locator('h1.id').textContent();

    await copyFile(join(repository, 'examples/photos/temple.jpg'), join(source, 'temple.jpg'));
    await watched.go('#/start');
    expect(await page.getByLabel('Earlier run').isDisabled()).toBe(true);
    await page.getByRole('textbox', { name: 'Source' }).fill(source);
    await page.getByLabel('only what has changed').check();
    await page.getByLabel('Earlier run').selectOption(first);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.locator('.figures').getByRole('link', { name: '3', exact: true }).waitFor();
    await page.locator('.state.complete').waitFor();
    await page
      .locator('.facts')
      .getByRole('link', { name: String(first) })
      .waitFor();
    await watched.screenshot('10-started-changed');
    expect(faults).toEqual([]);
    await page.close();
  });

  for (const look of looks) {
    it(`meets no accessibility fault and no sideways scrolling: ${look.name}`, async () => {
      const watched = await open(look);
      const { page, faults } = watched;
      await watched.go('#/start');
      await page.getByLabel('only what has changed').check();
      expect(await watched.accessibilityFaults()).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await watched.screenshot(`10-start-${look.name}`);
      expect(faults).toEqual([]);
      await page.close();
    });
  }
});
