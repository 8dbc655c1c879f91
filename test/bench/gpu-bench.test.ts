/** The GPU bench, tried on the CPU: the same sessions, checks and engine, over graphs of fixed batch size. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from '../../bench/child.ts';
import type { GpuFigures } from '../../bench/gpu/gpu-report.ts';
import type { Report } from '../../bench/report.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const main = fileURLToPath(new URL('../../bench/gpu/main.ts', import.meta.url));

test('the GPU bench measures, compares with the CPU and says where each node ran', async () => {
  await using folder = await temporaryFolder();
  const settings = {
    provider: 'cpu',
    model: 'vgg-mini',
    batches: '8',
    seconds: '0.1',
    images: '30',
    models: join(folder.path, 'models'),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const printed = await runProgram(process.execPath, ['--conditions=source', main, ...args, '--json']);
  const { rows, data } = JSON.parse(printed) as Report & { data: GpuFigures };
  expect(data.points.map(({ bundle, batch, sessions }) => [bundle, batch, sessions])).toEqual([
    ['vgg-mini-fp32', 8, 1],
    ['vgg-mini-fp32', 8, 2],
    ['vgg-mini-fp16', 8, 1],
    ['vgg-mini-fp16', 8, 2],
  ]);
  for (const { imagesPerSecond } of [...data.points, ...data.runs])
    expect(imagesPerSecond).toBeGreaterThan(0);

  // Half a float16 step is 1/2048; scores are e to a sum of some thousand products rounded so.
  const tolerance: Record<string, number> = { 'vgg-mini-fp32': 1e-4, 'vgg-mini-fp16': 0.1 };
  for (const { bundle, agreement, placement } of data.checks) {
    expect(agreement?.sameBest).toBe(1);
    expect(agreement?.largestRelative).toBeLessThan(tolerance[bundle]!);
    expect(Object.keys(placement)).toEqual(['CPUExecutionProvider']);
    // Eight convolutions and three fully connected layers at least.
    expect(placement.CPUExecutionProvider).toBeGreaterThan(8 + 3);
  }
  expect(data.checks.map(({ bundle, layout }) => `${bundle} ${layout}`)).toEqual([
    'vgg-mini-fp32 nchw',
    'vgg-mini-fp16 nchw',
  ]);
  expect(rows.every((row) => row.length === 2 && row.every((cell) => cell !== ''))).toBe(true);
});

test('the GPU bench never measures a CPU under the name of a GPU', async () => {
  const run = runProgram(process.execPath, ['--conditions=source', main], { env: { PATH: '/nowhere' } });
  await expect(run).rejects.toThrow('[no_gpu]');
});
