import { describe, expect, it } from 'vitest';
import { BatchTuner } from './batch-tuner.ts';

const sizes = [8, 16, 32];

/** Batches of the size that was last asked for, each taking what `seconds` says, until the trial ends. */
function trial(seconds: (size: number, batch: number) => number, first = 8) {
  const tuner = new BatchTuner({ sizes, startAfter: 200, giveUpAfter: 2000, otherwise: 16 });
  const tried: number[] = [];
  let size = first;
  for (let batch = 0; batch < 1000; batch++) {
    const next = tuner.add(size, seconds(size, batch));
    if (next === null) continue;
    if (next.final) return { best: next.size, tried };
    tried.push(size);
    size = next.size;
  }
  return { best: null, tried };
}

describe('trying batch sizes', () => {
  it('takes the one that is quickest per image', () => {
    const perImage: Record<number, number> = { 8: 0.1, 16: 0.08, 32: 0.09 };
    expect(trial((size) => size * perImage[size]!).best).toBe(16);
  });

  it('takes a larger one only where it is worth while', () => {
    expect(trial((size) => size * (size === 32 ? 0.098 : 0.1)).best).toBe(8);
    expect(trial((size) => size * (size === 32 ? 0.09 : 0.1)).best).toBe(32);
  });

  it('is not led by a first batch that plans, nor by two that met another program', () => {
    let of32 = 0;
    const { best } = trial((size) => {
      if (size !== 32) return size * 0.1;
      of32++;
      return [1, 3, 5].includes(of32) ? 100 : size * 0.05;
    });
    expect(best).toBe(32);
  });

  it('lets sizes take turns, so that drift meets all alike', () => {
    // the machine gets ten times slower over the trial, the same for every size but 16, which is 20 % quicker
    const drifting = trial((size, batch) => size * (1 + batch / 5) * (size === 16 ? 0.8 : 1));
    expect(drifting.best).toBe(16);
    expect(drifting.tried.slice(0, 6)).toEqual([8, 16, 32, 8, 16, 32]);
  });

  it('begins after some images, and asks for nothing before and after', () => {
    const tuner = new BatchTuner({ sizes, startAfter: 200, giveUpAfter: 2000, otherwise: 16 });
    for (let images = 8; images <= 200; images += 8) expect(tuner.add(8, 1)).toBeNull();
    expect(tuner.add(8, 1)).toEqual({ size: 16, final: false });
    for (let round = 0; round < 6; round++) for (const size of sizes) tuner.add(size, size);
    expect(tuner.add(8, 1)).toBeNull();
  });

  it('ends without a result, at the size it is told, where large batches never fill', () => {
    const tuner = new BatchTuner({ sizes, startAfter: 200, giveUpAfter: 2000, otherwise: 16 });
    let last = null;
    for (let images = 0; images <= 2300; images += 10) last = tuner.add(10, 1) ?? last;
    expect(last).toEqual({ size: 16, final: false });
    expect(tuner.add(32, 1)).toBeNull();
  });
});
