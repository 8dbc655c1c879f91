import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gunzippedLines, gzippedLines } from './gzipped-lines.ts';

/** Longer than all pieces in which zlib gives it: 20 MB, and hardly compressible. */
const long = Array.from({ length: 100_000 }, (_, n) =>
  Array.from(
    { length: 6 },
    (_, k) => `${Math.imul(n * 6 + k + 1, 0x9e3779b1).toString(36)}é\u{1f63a}${'~'.repeat(18)}`,
  ).join(''),
);

describe('gzipped lines', () => {
  it('are gzip, and come back however long they are', async () => {
    const body = await gzippedLines(Buffer.from('first\n'), Buffer.from(`${long.join('\n')}\n`));
    expect(gunzipSync(body).toString()).toBe(`first\n${long.join('\n')}\n`);
    expect([...(await gunzippedLines(body))]).toEqual(['first', ...long]);
  });

  it('may be several gzips in one file, of which the last names its own length alone', async () => {
    const body = Buffer.concat([gzipSync(`${long.join('\n')}\n`), gzipSync('last')]);
    expect([...(await gunzippedLines(body))]).toEqual([...long, 'last']);
  });

  it('are none in a file of no lines', async () => {
    expect([...(await gunzippedLines(await gzippedLines()))]).toEqual([]);
  });
});
