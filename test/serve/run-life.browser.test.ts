/** A run's whole life by the buttons of the page, in a real Chromium: started, held, cancelled, resumed, asked to retry. */
import { cp, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../parts/browser.ts';
import { LabelmillProcess, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { Serving, testToken } from '../parts/serve.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';
import { WatchedPage } from '../parts/watched-page.ts';

let folder: TemporaryFolder;
let redis: TestRedis;
let serving: Serving;
let browser: Browser;
let env: NodeJS.ProcessEnv;
let source: string;

const open = () => WatchedPage.open(browser, serving.origin, testToken);

beforeAll(async () => {
  folder = await temporaryFolder();
  redis = await TestRedis.start();
  source = join(folder.path, 'photos');
  await mkdir(source);
  for (const name of ['cat.jpg', 'coffee.jpg', 'dogs.jpg'])
    await cp(join(repository, 'examples/photos', name), join(source, name));
  env = {
    REDIS_URL: redis.url,
    LABELMILL_FILE_ROOTS: folder.path,
    XDG_CACHE_HOME: join(folder.path, 'cache'),
  };
  serving = await Serving.start(join(folder.path, 'runs'), { env });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await serving?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

describe('the form that starts a run', () => {
  it('starts it, and its buttons hold it, go on with it, cancel and resume it, and ask for a retry', async () => {
    const { page, faults } = await open();
    await page.getByRole('link', { name: 'Start a run' }).click();
    await page.getByRole('textbox', { name: 'Source' }).fill(source);
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.locator('.state.running').waitFor();
    await page.getByText('0 of 3').waitFor();

    const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
    await press('Pause');
    await page.locator('.state.paused').waitFor();
    await press('Resume');
    await page.locator('.state.running').waitFor();
    // Cancelling is asked about first, and no is no.
    await press('Cancel');
    await press('No');
    expect(await page.locator('.state.running').count()).toBe(1);
    await press('Cancel');
    await press('Yes, cancel');
    await page.locator('.state.cancelled').waitFor();
    // Gone while the run stands still: an error record that no retry is thought to mend.
    await rename(join(source, 'cat.jpg'), join(folder.path, 'cat.jpg'));
    await press('Resume');
    await using _worker = new LabelmillProcess(['worker'], { env });
    await page.locator('.state.complete').waitFor();
    expect(await page.locator('dd.bad').textContent()).toBe('1');
    await press('Retry');
    await press('Yes, retry');
    await page.getByText('None of its errors is retryable.').waitFor();
    await rename(join(folder.path, 'cat.jpg'), join(source, 'cat.jpg'));
    expect(faults).toEqual([]);
    await page.close();
  });

  it('says what is wrong with a source or a model, and keeps what was written', async () => {
    const { page } = await open();
    await page.getByRole('link', { name: 'Start a run' }).click();
    await page.getByRole('textbox', { name: 'Source' }).fill(join(folder.path, 'nowhere'));
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('alert').getByText('there is no file or folder').waitFor();
    await page.getByRole('textbox', { name: 'Source' }).fill(source);
    await page.getByLabel('Model').fill('vgg61');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('alert').getByText('no model "vgg61"').waitFor();
    expect(await page.getByRole('textbox', { name: 'Source' }).inputValue()).toBe(source);
    await page.close();
  });
});
