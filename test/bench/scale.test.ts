import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Constants, collectConstants } from '../../bench/scale/constants.ts';
import { ceilings, coresFor, scaleOf } from '../../bench/scale/model.ts';
import { scalePage } from '../../bench/scale/page.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const machine = { cpu: 'some', cores: 2, node: 'v24' };
/** Round numbers, so that a reader can do the sums. */
const constants: Constants = {
  imagesPerChunk: 100,
  mostChunks: 1000,
  enqueue: {
    machine,
    imagesPerSecond: 100_000,
    producerBytes: 1e8,
    redisBytesPerImage: 70,
    redisMicrosecondsPerChunk: 100,
    redisCommandsPerChunk: 10,
  },
  queue: {
    machine,
    supervisorImagesPerSecond: 20_000,
    supervisorMicrosecondsPerImage: 100,
    redisMicrosecondsPerChunk: 400,
    redisCommandsPerChunk: 30,
  },
  photo: { machine, getMilliseconds: 0.4, decodeMilliseconds: 4.5 },
  cpuWorker: { machine, imagesPerSecond: 50 },
  gpuWorker: { machine, imagesPerSecond: 2000 },
};

describe('the model of scale', () => {
  it('does the sums for a million images', () => {
    expect(scaleOf(1e6, constants)).toMatchObject({
      chunks: 10_000,
      // 1 + 2 + … + 128 = 255 chunks in eight segments, then 163 in each: ⌈9,745 ÷ 163⌉ = 60
      segments: 68,
      // 100,000 outstanding × 70 bytes, and a bit for each chunk
      redisBytes: 7_000_000 + 1250,
      redisCommands: 400_000,
      listRequests: 1000,
      getRequests: 1_000_000,
      putRequests: 10_000 + 68 + 4,
    });
    expect(scaleOf(1e6, constants).cpuWorkerHours).toBeCloseTo(1e6 / 50 / 3600);
    expect(scaleOf(1e6, constants).redisCpuHours).toBeCloseTo((10_000 * 500e-6) / 3600);
  });

  it('needs no more Redis for a thousand times the images, but for a bit a chunk', () => {
    expect(scaleOf(1e9, constants).redisBytes - scaleOf(1e6, constants).redisBytes).toBe(
      (10_000_000 - 10_000) / 8,
    );
  });

  it('says what is full first', () => {
    // Redis: 100 images in 500 µs
    expect(ceilings(constants).map(({ what, imagesPerSecond }) => [what, imagesPerSecond])).toEqual([
      ['S3, one prefix', 5500],
      ['one supervisor', 20_000],
      ['one producer', 100_000],
      ['one Redis', 200_000],
    ]);
    // 0.4 + 4.5 + 0.1 ms of CPU for each of 2,000 images a second
    expect(coresFor(2000, constants)).toBeCloseTo(10);
  });

  it('writes a page with and without a GPU', () => {
    expect(scalePage(constants)).toContain('takes 10 cores beside it');
    expect(scalePage({ ...constants, gpuWorker: null })).toContain('No GPU was measured');
  });

  it('names the bench to run where a constant is not measured', async () => {
    await using folder = await temporaryFolder();
    await expect(collectConstants(folder.path)).rejects.toMatchObject({
      code: 'not_measured',
      message: expect.stringContaining('node --conditions=source bench/enqueue/main.ts'),
    });
    await writeFile(join(folder.path, 'enqueue.json'), '{"machine": {}, "data": {}}');
    await expect(collectConstants(folder.path)).rejects.toThrow('bench/enqueue/main.ts');
  });
});
