/** Schedules on the page, in a real Chromium: by keyboard, in every look, with a producer that comes later. */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { type Serving, testToken } from '../parts/serve.ts';
import { ServedFolder } from '../parts/served-folder.ts';
import type { TemporaryFolder } from '../parts/temp-folder.ts';
import { looks, WatchedPage } from '../parts/watched-page.ts';

const photos = join(repository, 'examples/photos');

let folder: TemporaryFolder;
let served: ServedFolder;
let serving: Serving;
let browser: Browser;
let env: NodeJS.ProcessEnv;

const open = (look = {}) => WatchedPage.open(browser, serving.origin, testToken, look);
const add = (name: string, source: string, ...more: string[]) =>
  labelmill(
    [
      ...['schedule', 'add', name, '--tz', 'Europe/Berlin', '--source', source],
      ...['--out', join(folder.path, 'runs'), ...more],
    ],
    { env },
  );

beforeAll(async () => {
  served = await ServedFolder.open(photos);
  ({ folder, serving, env } = served);
  browser = await served.browser();
});
afterAll(() => served?.[Symbol.asyncDispose]());

describe('the page of schedules', () => {
  it('says how to make one where there is none', async () => {
    const watched = await open();
    await watched.page.getByRole('link', { name: 'Schedules' }).click();
    await watched.page.getByText('labelmill schedule add nightly').waitFor();
    expect(await watched.accessibilityFaults()).toEqual([]);
    await watched.page.close();
  });

  it('lets someone without a mouse pause, resume and run one, and see what became of it', async () => {
    await add('nightly', photos, '--cron', '0 3 * * *', '--only', 'changed');
    const watched = await open();
    const { page, faults } = watched;
    const tabTo = async (name: string) => {
      await page.getByRole('button', { name }).waitFor();
      for (let presses = 0; presses < 50; presses++) {
        await page.keyboard.press('Tab');
        const label = await page.evaluate('document.activeElement.getAttribute("aria-label")');
        if (label === name) return;
      }
      throw new Error(`Tab never comes to ${name}`);
    };
    await watched.go('#/schedules');
    await tabTo('Pause: nightly');
    await page.keyboard.press('Enter');
    await page.getByText('none while it is paused').waitFor();
    // The focus is on what has taken the button's place.
    await page.keyboard.press('Enter');
    await page.getByText('nightly goes on').waitFor();
    await page.getByText(/, 03:00 GMT\+[12]/).waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByText('nothing has begun with it').waitFor();
    await watched.screenshot('9-schedule-waits');
    await using _producer = new LabelmillProcess(['producer'], { env });
    await using _worker = new LabelmillProcess(['worker'], { env });
    await page.getByText('15 of 15 labelled, no errors').waitFor();
    await page.getByRole('link', { name: /^20/ }).click();
    await page.getByText('What was asked').waitFor();

    // One whose source is gone by the time that it is due.
    const source = join(folder.path, 'scans');
    await mkdir(source);
    await copyFile(join(photos, 'cat.jpg'), join(source, 'cat.jpg'));
    await add('scans', source, '--cron', '*/30 8-17 * * 1-5', '--overlap', 'allow');
    await rm(source, { recursive: true });
    await watched.go('#/schedules');
    await page.getByRole('button', { name: 'Run now: scans' }).click();
    await page.getByText(/Failed on/).waitFor();
    await page.getByRole('button', { name: 'Pause: scans' }).click();
    await page.getByText('scans is paused').waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  for (const look of looks) {
    it(`has no accessibility fault and no sideways scrolling: ${look.name}`, async () => {
      const watched = await open(look);
      const { page, faults } = watched;
      await watched.go('#/schedules');
      await page.getByRole('button', { name: 'Run now: nightly' }).waitFor();
      expect(await watched.accessibilityFaults()).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await watched.screenshot(`9-${look.name}-schedules`);
      expect(faults).toEqual([]);
      await page.close();
    });
  }
});
