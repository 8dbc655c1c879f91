/** Memory is bounded by the images' bytes, not by their number: many huge ones beside small ones. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { photo } from './fixture-uris.ts';
import { limits, startMiniEngine } from './mini-engine.ts';

const megabyte = 2 ** 20;
/** 64 megapixels: 192 MB when decoded. */
const side = 8000;
const decoded = 3 * side * side;

test('huge images beside small ones are labelled one after the other where memory is for one', async () => {
  await using folder = await temporaryFolder();
  const grey = sharp({ create: { width: side, height: side, channels: 3, background: '#777' } });
  const [png, jpg] = [join(folder.path, 'huge.png'), join(folder.path, 'huge.jpg')];
  await writeFile(png, await grey.clone().png().toBuffer());
  await writeFile(jpg, await grey.clone().jpeg().toBuffer());
  const huge = [png, jpg].map((path) => pathToFileURL(path).href);
  const uris = Array.from({ length: 48 }, (_, n) =>
    n % 4 === 0 ? huge[(n / 4) % 2]! : photo('cat.jpg').href,
  );

  const decodeConcurrency = 8;
  await using mini = await startMiniEngine({
    loaderThreads: 1,
    decodeConcurrency,
    fetchConcurrency: 16,
    imageMemoryBytes: 260 * megabyte,
    limits: { ...limits, decodeTimeoutMs: 120_000 },
  });
  const before = peakBytes(mini.engine.pid);
  const results = await mini.label(uris);
  expect(results.map(({ status }) => status)).toEqual(uris.map(() => 'ok'));
  const taken = peakBytes(mini.engine.pid) - before;
  // One at a time, one that is not yet given back, and as much again for what is around them; not eight at a time.
  expect(taken).toBeLessThan(4 * decoded);
  expect(decodeConcurrency).toBeGreaterThan(4);
}, 240_000);

/** The most that was resident so far, as the kernel counts it. */
function peakBytes(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kilobytes) * 1024;
}
