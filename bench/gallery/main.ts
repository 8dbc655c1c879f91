/**
 * The gallery before a large run: how long until it is indexed, how soon the page shows images once the server is warm,
 * and what memory the server takes while someone scrolls to the end.
 * usage: main.ts [IMAGES]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FileStore } from '@labelmill/shared/store/file-store';
import type { Page } from 'playwright-core';
import { startBrowser } from '../../test/parts/browser.ts';
import { isTrue } from '../../test/parts/watched-page.ts';
import { medianAndQuartiles } from '../median.ts';
import { writeReport } from '../report.ts';
import { runBench } from '../run-bench.ts';
import { writeSyntheticRun } from '../synthetic-run.ts';

const photos = fileURLToPath(new URL('../../examples/photos', import.meta.url));
const cli = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
const token = 'a-token-for-this-bench';
const scrollSteps = 200;
const rounds = 5;

await runBench(async () => {
  const images = Number(process.argv[2] ?? 1_000_000);
  const folder = await mkdtemp(join(tmpdir(), 'labelmill-bench-gallery-'));
  try {
    const found = await examplePhotos();
    const photo = (index: number) => found[index % found.length]!;
    const source = pathToFileURL(`${photos}/`).href;
    const run = await writeSyntheticRun(join(folder, 'runs'), { source, images, photo });
    await measure(folder, run, images);
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function examplePhotos() {
  const store = new FileStore(null);
  const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
  const heads = await Promise.all(names.map((name) => store.head(pathToFileURL(join(photos, name)).href)));
  return heads.filter((head) => head !== null);
}

async function measure(folder: string, run: string, images: number): Promise<void> {
  const env = {
    ...process.env,
    LABELMILL_TOKEN: token,
    XDG_CACHE_HOME: join(folder, 'cache'),
    REDIS_URL: undefined,
  };
  const args = ['--conditions=source', cli, 'serve', '--out', join(folder, 'runs'), '--port', '0'];
  const server = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string];
  const origin = line.trim().replace(/\/$/, '');
  const browser = await startBrowser();
  try {
    const indexSeconds = await indexed(origin, run);
    const paints: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const seconds = await firstPaint(page, origin, run);
      // The first makes the thumbnails: the server is warm after it.
      if (round > 0) paints.push(seconds);
      if (round === rounds) await scrollToTheEnd(page, images);
      await page.close();
    }
    const mib = peakBytes(server.pid ?? 0) / 2 ** 20;
    const paint = medianAndQuartiles(paints).median;
    await writeReport('gallery', {
      title: `The gallery of a run of ${images.toLocaleString('en')} images`,
      command: `node --conditions=source bench/gallery/main.ts ${images}`,
      about: `\`labelmill serve\` over a synthetic run in a local folder, and Chromium: until every part is indexed, once a run; from the address to the first image shown, with the server warm (median of ${rounds}); the server's peak resident memory after scrolling to the last image in ${scrollSteps} steps.`,
      columns: ['indexing (s)', 'first image (s)', 'server memory at most (MiB)'],
      rows: [[indexSeconds.toFixed(1), paint.toFixed(2), mib.toFixed(0)]],
      checks: [
        { what: 'seconds to the first image', figure: paint, bar: 2, sense: 'at most' },
        { what: 'MiB in the server', figure: Math.round(mib), bar: 500, sense: 'at most' },
      ],
      data: { images, indexSeconds, paints, mib },
    });
  } finally {
    await browser.close();
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
}

/** Seconds until the server has looked through the whole run. */
async function indexed(origin: string, run: string): Promise<number> {
  const began = performance.now();
  for (;;) {
    const response = await fetch(`${origin}/api/runs/${run}/facets`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { indexing } = (await response.json()) as { indexing: object | null };
    if (indexing === null) return (performance.now() - began) / 1000;
  }
}

/** Seconds from the address to the first thumbnail. */
async function firstPaint(page: Page, origin: string, run: string): Promise<number> {
  await page.addInitScript(`sessionStorage.setItem('labelmill-token', '${token}')`);
  const began = performance.now();
  await page.goto(`${origin}/#/images/${run}`);
  await isTrue(page, 'document.querySelector(".thumb[src]")?.naturalWidth > 0');
  return (performance.now() - began) / 1000;
}

async function scrollToTheEnd(page: Page, images: number): Promise<void> {
  for (let step = 1; step <= scrollSteps; step++) {
    await page.evaluate(
      `{ const grid = document.querySelector('.grid-scroll'); grid.scrollTop = ${step / scrollSteps} * (grid.scrollHeight - grid.clientHeight); }`,
    );
    await isTrue(page, 'document.querySelectorAll(".cell:not(.waiting)").length > 8');
  }
  await isTrue(page, `document.querySelector('[data-place="${images - 1}"]:not(.waiting)') !== null`);
}

/** Peak resident bytes of a process; Linux alone says it. */
function peakBytes(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kilobytes) * 1024;
}
