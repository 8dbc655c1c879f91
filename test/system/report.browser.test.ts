/** `labelmill report` in Chromium, from disk: the same counts as `verify`, and nothing asked of anyone. */
import { cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../parts/browser.ts';
import { labelmill, repository } from '../parts/labelmill.ts';
import { runFolders } from '../parts/records.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

describe('a report opened from disk', () => {
  let folder: TemporaryFolder;
  let browser: Browser;
  let run: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const source = join(folder.path, 'photos');
    await cp(join(repository, 'examples/photos'), source, { recursive: true });
    await writeFile(join(source, 'empty.jpg'), '');
    await writeFile(join(source, 'text.jpg'), 'text');
    await writeFile(join(source, 'other.jpg'), 'other text');
    await labelmill(['label', source, '--out', join(folder.path, 'runs')]);
    [run = ''] = await runFolders(join(folder.path, 'runs'));
    await labelmill(['report', run]);
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await folder[Symbol.asyncDispose]();
  });

  async function opened(options: Parameters<Browser['newPage']>[0]): Promise<{ page: Page; said: string[] }> {
    const page = await browser.newPage(options);
    const said: string[] = [];
    const report = pathToFileURL(join(run, 'report.html')).href;
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== report && !request.url().startsWith('data:')) said.push(request.url());
    });
    await page.goto(report);
    return { page, said };
  }

  it('shows what verify counts, every picture, and asks for nothing', async () => {
    const counted = JSON.parse((await labelmill(['verify', run, '--json'])).stdout);
    const photos = (await readdir(join(repository, 'examples/photos'))).filter((name) =>
      name.endsWith('.jpg'),
    );
    expect(counted).toMatchObject({ listed: photos.length + 3, errors: { unsupported_format: 2, empty: 1 } });
    const { page, said } = await opened({});
    const tile = (name: string) => page.locator('.tile', { hasText: name }).locator('dd').textContent();
    expect(await tile('Images listed')).toBe(String(counted.listed));
    expect(await tile('Labelled')).toBe(String(counted.ok));
    expect(await tile('Errors')).toBe(String(counted.error));
    for (const [code, images] of Object.entries(counted.errors)) {
      const row = page.locator('tr', { has: page.getByText(code, { exact: true }) });
      expect(await row.locator('.count').textContent()).toBe(String(images));
    }
    const bars = await page
      .locator('.card', { hasText: 'Labels' })
      .first()
      .locator('.count')
      .allTextContents();
    expect(bars.reduce((sum, images) => sum + Number(images), 0)).toBe(counted.ok);
    const widths = await page
      .locator('img')
      .evaluateAll((images) =>
        images.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
      );
    expect(widths).toEqual(photos.map(() => 144));
    expect(said).toEqual([]);
    await page.close();
  });

  it.each(['light', 'dark'] as const)('fits a phone, %s', async (colorScheme) => {
    const { page, said } = await opened({ viewport: { width: 390, height: 844 }, colorScheme });
    const style = await page.evaluate(
      '[document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor]',
    );
    // No scrolling sideways; the page's colour shows that its style sheet was let in.
    expect(style).toEqual([390, colorScheme === 'light' ? 'rgb(246, 247, 248)' : 'rgb(20, 23, 26)']);
    expect(said).toEqual([]);
    await page.close();
  });
});
