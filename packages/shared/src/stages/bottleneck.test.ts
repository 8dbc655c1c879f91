import { describe, expect, it } from 'vitest';
import { bottleneck } from './bottleneck.ts';
import { noStages, type StageTotals } from './stage-totals.ts';

/**
 * One engine of 2 cores over 100 s: 2 core-places are 200 s of cores, 8 fetches 800 s, 3 chunks in flight 300 s.
 */
function hundredSeconds(busy: Partial<StageTotals>): StageTotals {
  const there = { wall: 100, cores: 200, fetchPlaces: 800, chunkPlaces: 300 };
  return { ...noStages(), ...there, inferred: 1000, fetched: 1000, ...busy };
}

describe('the bottleneck', () => {
  it('of a run that labelled nothing is unknown', () => {
    expect(bottleneck(noStages(), 'fp32')).toBeNull();
    expect(bottleneck(hundredSeconds({ inferred: 0, fetch: 700 }), 'fp32')).toBeNull();
  });

  it('beside a GPU is decoding when the cores are full, and more of them help until the session is as full', () => {
    // cores 190/200 = 0.95 full; the session, next, 0.59: 0.95 / 0.59 = 1.61
    const found = bottleneck(hundredSeconds({ decode: 190, inferBusy: 59, fetch: 200 }), 'fp16');
    expect(found).toMatchObject({ stage: 'decode', share: 0.95 });
    expect(found?.gain).toBeCloseTo(0.95 / 0.59, 10);
    expect(found?.line).toBe(
      'decode-bound: 1.9 of 2 cores busy decoding; more cores per GPU would give about 1.6×',
    );
  });

  it('on a CPU is decoding when it takes more of the full cores than inference', () => {
    // 140 + 60 = 200 core-seconds of 200; twice the cores leave them half full, fetching only 0.1
    const found = bottleneck(
      hundredSeconds({ decode: 140, inferBusy: 30, inferCores: 60, fetch: 80 }),
      'fp32',
    );
    expect(found).toMatchObject({ stage: 'decode', share: 1, gain: 2 });
    expect(found?.line).toBe(
      'decode-bound: 2 of 2 cores busy, 70 % of that decoding; twice the cores would give about 2.0×',
    );
  });

  it('on a CPU is inference when that takes more, and int8 takes 1/3.56 of it', () => {
    // 20 + 180 = 200 core-seconds an image's cost; with int8 20 + 180/3.56 = 70.56
    const found = bottleneck(hundredSeconds({ decode: 20, inferBusy: 90, inferCores: 180 }), 'fp32');
    expect(found).toMatchObject({ stage: 'infer', share: 1 });
    expect(found?.gain).toBeCloseTo(200 / (20 + 180 / 3.56), 10);
    expect(found?.line).toBe(
      'inference-bound: the CPU session is busy 90 % of the time; int8 on a CPU with VNNI would give about 2.8×',
    );
  });

  it('counts times that are long only because threads wait for a core as what they would be alone', () => {
    // 40 + 360 thread-seconds on 200 core-seconds are 20 + 180 of work
    const measured = hundredSeconds({ decode: 40, inferBusy: 95, inferCores: 360 });
    expect(bottleneck(measured, 'fp32')?.gain).toBeCloseTo(200 / (20 + 180 / 3.56), 10);
  });

  it('on a CPU with int8 already is helped by more cores only', () => {
    const found = bottleneck(hundredSeconds({ decode: 40, inferBusy: 80, inferCores: 160 }), 'int8');
    expect(found).toMatchObject({ stage: 'infer', gain: 2 });
    expect(found?.advice).toBe('twice the cores would give about 2.0×');
  });

  it('on a CPU is inference when the session never rests though cores are free', () => {
    // one thread: 97 of 100 s busy; cores (97 + 40) / 200
    const found = bottleneck(hundredSeconds({ decode: 40, inferBusy: 97, inferCores: 97 }), 'int8');
    expect(found).toMatchObject({ stage: 'infer', share: 0.97 });
  });

  it('on a GPU is inference when the session never rests, and a second GPU helps until the cores are as full', () => {
    // cores 0.76 of the time; half the session's time is 0.48: 0.96 / 0.76 = 1.26
    const found = bottleneck(hundredSeconds({ decode: 152, inferBusy: 96 }), 'fp16');
    expect(found?.gain).toBeCloseTo(0.96 / 0.76, 10);
    expect(found?.line).toBe(
      'inference-bound: the GPU session is busy 96 % of the time; a second GPU would give about 1.3×',
    );
  });

  it('on a GPU is helped by a second one to twice the speed at most', () => {
    expect(bottleneck(hundredSeconds({ decode: 20, inferBusy: 96 }), 'fp16')).toMatchObject({ gain: 2 });
  });

  it('is fetching when most fetches wait, and says how long one takes', () => {
    // 760 s of 4,000 fetches are 190 ms each; the cores, next, are full for 0.19: 0.95 / 0.19 = 5
    const found = bottleneck(
      hundredSeconds({ fetch: 760, fetched: 4000, decode: 18, inferBusy: 10, inferCores: 20 }),
      'fp32',
    );
    expect(found).toMatchObject({ stage: 'fetch', share: 0.95, gain: 5 });
    expect(found?.line).toContain('fetch-bound: 7.6 of 8 fetches waiting, mean 190 ms; ');
  });

  it('is output when chunks wait for their parts', () => {
    const found = bottleneck(
      hundredSeconds({ write: 240, decode: 50, inferBusy: 20, inferCores: 40 }),
      'fp32',
    );
    expect(found).toMatchObject({ stage: 'write', share: 0.8 });
    expect(found?.gain).toBeCloseTo(0.8 / 0.45, 10);
    expect(found?.line).toContain('output-bound: 2.4 of 3 chunks wait');
  });

  it('is listing when workers have no chunk and the producer waits for its source', () => {
    const found = bottleneck(hundredSeconds({ queueWait: 80, list: 95, decode: 10 }), 'fp32');
    expect(found).toMatchObject({ stage: 'list', share: 0.8, gain: 10 });
    expect(found?.line).toContain('listing-bound: workers had no chunk 80 % of the time');
    expect(found?.line).toContain('10× or more');
  });

  it('is starvation when workers have no chunk and the producer waits for room', () => {
    const found = bottleneck(hundredSeconds({ queueWait: 60, list: 5, listWait: 80, decode: 60 }), 'fp32');
    expect(found).toMatchObject({ stage: 'queue', share: 0.6, gain: 2 });
    expect(found?.line).toBe(
      'starved: no chunks waiting 60 % of the time; a larger LABELMILL_OUTSTANDING_CHUNKS would give about 2.0×',
    );
  });

  it('is nothing in particular when nothing is half full', () => {
    const found = bottleneck(
      hundredSeconds({ decode: 40, inferBusy: 20, inferCores: 40, fetch: 80 }),
      'fp32',
    );
    expect(found).toMatchObject({ stage: 'none', share: 0.4, gain: null });
    expect(found?.line).toBe(
      'no clear limit: cores busy 40 %, inference 20 %, fetches 10 %, output 0 %, no chunk 0 %',
    );
  });

  it('of several engines is that of their sums', () => {
    const two = { decode: 140, inferBusy: 30, inferCores: 60 };
    const twice = Object.fromEntries(
      Object.entries(hundredSeconds(two)).map(([field, value]) => [field, 2 * value]),
    ) as StageTotals;
    expect(bottleneck(twice, 'fp32')).toEqual(bottleneck(hundredSeconds(two), 'fp32'));
  });
});
