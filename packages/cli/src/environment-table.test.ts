import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { environmentSchema } from './environment.ts';
import { environmentTable } from './environment-table.ts';
import { readSettings } from './settings.ts';

it('docs/configuration.md holds the reference as the schema gives it', async () => {
  const page = await readFile(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  const written = /<!-- settings: .* -->\n([\s\S]*)\n<!-- \/settings -->/.exec(page)?.[1];
  // Where it does not: node --conditions=source scripts/write-configuration.ts
  expect(written).toBe(environmentTable());
});

it('says values and defaults as they are parsed', () => {
  const rows = environmentTable().split('\n');
  const row = (name: string) =>
    rows
      .find((line) => line.startsWith(`| \`${name}\``))
      ?.split(' | ')
      .slice(1, 3);
  expect(row('LABELMILL_BATCH')).toEqual(['a whole number from 1 to 1024', 'found by trying']);
  expect(row('LABELMILL_DRAIN_MS')).toEqual(['a whole number from 0', '`25000`']);
  expect(row('LABELMILL_MAX_IMAGE_ASPECT')).toEqual(['a number from 1', '`100`']);
  expect(row('LABELMILL_PROVIDER')).toEqual(['`cpu`, `cuda`', '`cpu`']);
  expect(row('LABELMILL_S3_REQUESTER_PAYS')).toEqual(['`true`, `false`', '`false`']);
  expect(row('LABELMILL_FILE_ROOTS')?.[0]).toBe('a list, with commas');
  expect(rows).toHaveLength(2 + Object.keys(environmentSchema.shape).length);
  expect(readSettings({ LABELMILL_BATCH: '1024' }, 0).batch).toBe(1024);
  expect(() => readSettings({ LABELMILL_BATCH: '1025' }, 0)).toThrow('LABELMILL_BATCH');
  expect(readSettings({}, 0)).toMatchObject({ drainMs: 25_000, provider: 'cpu', limits: { maxAspect: 100 } });
});
