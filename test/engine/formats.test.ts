/** Which formats are decoded is decided by their content and by an allow-list, never by a name. */
import { execFileSync } from 'node:child_process';
import { decodeImage } from '@labelmill/worker/engine/decode';
import { sharp } from '@labelmill/worker/engine/libvips';
import { expect, test } from 'vitest';
import { limits } from './mini-engine.ts';

const preprocessing = { resize: 64, crop: 64, kernel: 'bilinear', colour: 1 } as const;
const image = () => sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } });

test.each(['jpeg', 'png', 'webp', 'gif', 'tiff'] as const)('%s is decoded', async (format) => {
  const bytes = await image().toFormat(format).toBuffer();
  expect(await decodeImage(bytes, preprocessing, limits)).toHaveLength(64 * 64 * 3);
});

const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="9" height="9"/></svg>';

test.each([
  ['SVG', async () => Buffer.from(svg)],
  ['SVG behind a declaration', async () => Buffer.from(`<?xml version="1.0"?>\n<!-- -->${svg}`)],
  ['PDF', async () => Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF')],
  ['AVIF', () => image().avif().toBuffer()],
  ['PPM', async () => Buffer.from('P3 1 1 255 1 2 3\n')],
  ['Radiance HDR', async () => Buffer.from('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\nabcd')],
  ['FITS', async () => Buffer.from('SIMPLE  =                    T'.padEnd(80).repeat(36))],
  ['a raw libvips image', () => image().raw().toBuffer()],
  [
    'an ImageMagick script',
    async () => Buffer.from('push graphic-context\nimage over 0,0 0,0 "https://x/"\n'),
  ],
])('%s is unsupported_format', async (_, make) => {
  const bytes = await make();
  await expect(decodeImage(bytes, preprocessing, limits)).rejects.toMatchObject({
    code: 'unsupported_format',
  });
});

test('the environment cannot turn a loader on again', () => {
  const script = `
    import { decodeImage } from '@labelmill/worker/engine/decode';
    const preprocessing = { resize: 64, crop: 64, kernel: 'bilinear', colour: 1 };
    const limits = { maxPixels: 1e6, maxAspect: 100, decodeTimeoutMs: 10_000 };
    await decodeImage(Buffer.from(${JSON.stringify(svg)}), preprocessing, limits).catch(({ code }) => console.log(code));`;
  const args = ['--conditions=source', '--input-type=module', '-e', script];
  const env = { ...process.env, VIPS_UNTRUSTED: '0', VIPS_BLOCK_UNTRUSTED: '' };
  const said = execFileSync(process.execPath, args, { env, cwd: import.meta.dirname, encoding: 'utf8' });
  expect(said.trim()).toBe('unsupported_format');
});
