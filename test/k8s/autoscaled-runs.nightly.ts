import { expect, it } from 'vitest';
import { autoscaledRun } from './autoscaled-run.ts';

it('a long run scales to the maximum of the overlay and back to none', { timeout: 900_000 }, async () => {
  const { mostWorkers, busyStops, shown } = await autoscaledRun({
    images: 16_000,
    chunkSize: 32,
    mostWorkers: 8,
  });
  console.log(shown);
  expect(mostWorkers).toBe(8);
  expect(busyStops).toBeGreaterThan(1);
});

it('a run that has time gets one worker, where its queue alone would ask for eight', {
  timeout: 900_000,
}, async () => {
  const run = { images: 8000, chunkSize: 32, mostWorkers: 8, args: ['--finish-in', '1h'] };
  const { mostWorkers, shown } = await autoscaledRun(run);
  console.log(shown);
  expect(mostWorkers).toBe(1);
});
