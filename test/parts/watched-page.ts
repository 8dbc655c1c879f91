/** A real Chromium on a page of ours, and everything about it that must not happen. */
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { repository } from './labelmill.ts';

/** Kept as output of the tests. */
export const screenshotFolder = join(repository, 'test/out/screenshots');

/** Waits until an expression is true in the page. Playwright's own wait evaluates it there, which the page's policy forbids. */
export async function isTrue(page: Page, expression: string): Promise<void> {
  while (!(await page.evaluate(expression)));
}

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** Those in which every page is looked at. */
export const looks = [
  { name: 'light', colorScheme: 'light' },
  { name: 'dark', colorScheme: 'dark' },
  { name: 'phone', colorScheme: 'dark', width: 390, height: 844 },
] as const;

export class WatchedPage {
  readonly page: Page;
  /** Console errors, exceptions, dialogs, refused policies and requests that left the origin. */
  readonly faults: string[] = [];

  private constructor(page: Page, origin: string) {
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.faults.push(message.text());
    });
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('dialog', (dialog) => {
      this.faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(`${origin}/`) && !url.startsWith(`blob:${origin}/`) && !url.startsWith('data:'))
        this.faults.push(`request to ${url}`);
    });
  }

  static async open(browser: Browser, origin: string, token: string, look: Look = {}): Promise<WatchedPage> {
    const { width = 1280, height = 900, colorScheme = 'light' } = look;
    const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
    page.setDefaultTimeout(30_000);
    const watched = new WatchedPage(page, origin);
    await page.goto(`${origin}/#token=${token}`);
    return watched;
  }

  async go(hash: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  }

  async screenshot(name: string): Promise<void> {
    await mkdir(screenshotFolder, { recursive: true });
    await this.page.screenshot({ path: join(screenshotFolder, `${name}.png`) });
  }

  /** What axe-core finds against WCAG 2.2 A and AA, as lines; empty where it finds nothing. */
  async accessibilityFaults(): Promise<string[]> {
    const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await this.page.evaluate(source);
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const { violations } = (await this.page.evaluate(
      `axe.run(document, { runOnly: ${JSON.stringify(tags)} })`,
    )) as { violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] };
    return violations.map(
      ({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`,
    );
  }
}
