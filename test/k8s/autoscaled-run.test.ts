import { expect, it } from 'vitest';
import { autoscaledRun } from './autoscaled-run.ts';

it('a run scales workers from none to three and back to none, and every image gets its record', async () => {
  const { mostWorkers, busyStops, shown } = await autoscaledRun({
    images: 1920,
    chunkSize: 32,
    mostWorkers: 3,
  });
  console.log(shown);
  expect(mostWorkers).toBe(3);
  expect(busyStops).toBeGreaterThan(0);
});
