/** A run that carries images, in a real Chromium: on the run's page, in the gallery, and opened. */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../parts/browser.ts';
import { type CarryingRun, makeCarryingRun } from '../parts/carrying-run.ts';
import { labelmill } from '../parts/labelmill.ts';
import { records } from '../parts/records.ts';
import { Serving, testToken } from '../parts/serve.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';
import { isTrue, looks, WatchedPage } from '../parts/watched-page.ts';

let folder: TemporaryFolder;
let serving: Serving;
let browser: Browser;
let runs: CarryingRun;

const open = (look = {}) => WatchedPage.open(browser, serving.origin, testToken, look);

beforeAll(async () => {
  folder = await temporaryFolder();
  runs = await makeCarryingRun(folder.path);
  serving = await Serving.start(runs.out, { env: { XDG_CACHE_HOME: join(folder.path, 'cache') } });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await serving?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

describe('someone who looks at a run that carries images', () => {
  it('sees it done, follows the number of carried images, and opens one: its label, and whence it comes', async () => {
    const verified = JSON.parse((await labelmill(['verify', join(runs.out, runs.second), '--json'])).stdout);
    const watched = await open();
    const { page, faults } = watched;
    await watched.go(`#/run/${runs.second}`);
    await page.locator('.facts').waitFor();
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100');
    await page.getByRole('link', { name: String(verified.carried), exact: true }).click();
    await page.getByText(`${verified.carried} of ${verified.listed} images`).waitFor();
    await page.locator('[title="cat.jpg"] .thumb[src]').waitFor();
    expect(await page.locator('.cell .carried').count()).toBe(verified.carried);
    await page.locator('.cell[title="cat.jpg"]').click();
    await isTrue(page, 'document.querySelector("dialog[open] .whole img")?.naturalWidth > 0');
    const known = await records(join(runs.out, runs.first));
    const cat = known.find(({ uri }) => uri.endsWith('/cat.jpg'));
    const best = cat?.status === 'ok' ? cat.labels[0]?.label : undefined;
    expect(await page.locator('dialog .top-labels .name').first().textContent()).toBe(best);
    await watched.screenshot('9-carried-image');
    await page.locator('dialog').getByRole('link', { name: runs.first }).click();
    await page.getByRole('heading', { name: runs.first }).waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  it('chooses between this run and the earlier ones', async () => {
    const watched = await open();
    const { page, faults } = watched;
    await watched.go(`#/images/${runs.second}`);
    await page.getByText('17 of 17 images').waitFor();
    await page.getByRole('button', { name: /^this run/ }).click();
    await page.getByText('3 of 17 images').waitFor();
    expect(await page.locator('.cell .carried').count()).toBe(0);
    await page.getByRole('button', { name: new RegExp(`^${runs.first}`) }).click();
    await page.getByText('14 of 17 images').waitFor();
    await page.getByRole('button', { name: /^earlier runs/, pressed: false }).click();
    await page.getByText('14 of 17 images').waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  for (const look of looks) {
    it(`meets no accessibility fault and no sideways scrolling: ${look.name}`, async () => {
      const watched = await open(look);
      const { page, faults } = watched;
      const views = {
        runs: ['#/', '.runs'],
        run: [`#/run/${runs.second}`, '.facts'],
        images: [`#/images/${runs.second}`, '.cell .carried'],
      } as const;
      for (const [name, [hash, seen]] of Object.entries(views)) {
        await watched.go(hash);
        await page.locator(seen).first().waitFor();
        if (name === 'images') await page.locator('.thumb[src]').nth(3).waitFor();
        expect(await watched.accessibilityFaults(), name).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name).toBe(true);
        await watched.screenshot(`9-carried-${look.name}-${name}`);
      }
      await page.locator('.cell:has(.carried)').first().click();
      await isTrue(page, 'document.querySelector("dialog[open] .whole img")?.naturalWidth > 0');
      expect(await watched.accessibilityFaults()).toEqual([]);
      await watched.screenshot(`9-carried-${look.name}-image`);
      expect(faults).toEqual([]);
      await page.close();
    });
  }
});
