import { describe, expect, it } from 'vitest';
import { NormalSource } from './normal-source.ts';
import { Xoshiro128 } from './xoshiro128.ts';

function normals(seed: number, length: number): Float32Array {
  const numbers = new Float32Array(length);
  new NormalSource(seed).fill(numbers, 1);
  return numbers;
}

describe('Xoshiro128', () => {
  it("makes the reference implementation's words from its state 1, 2, 3, 4", () => {
    const words = new Uint32Array(10);
    new Xoshiro128([1, 2, 3, 4]).fill(words);
    expect([...words]).toEqual([
      ...[
        11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
      ],
    ]);
  });

  it('goes on where the last array ended', () => {
    const [whole, first, second] = [new Uint32Array(7), new Uint32Array(3), new Uint32Array(4)];
    Xoshiro128.seeded(5).fill(whole);
    const generator = Xoshiro128.seeded(5);
    generator.fill(first);
    generator.fill(second);
    expect([...first, ...second]).toEqual([...whole]);
  });
});

describe('NormalSource', () => {
  it('has the moments and tails of the normal distribution', () => {
    const numbers = normals(1, 400_000);
    const moment = (power: number) => numbers.reduce((sum, x) => sum + x ** power, 0) / numbers.length;
    // Standard errors: 0.0016, 0.0022, 0.006, 0.016.
    expect(moment(1)).toBeCloseTo(0, 2);
    expect(moment(2)).toBeCloseTo(1, 1.6);
    expect(Math.abs(moment(3))).toBeLessThan(0.03);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.08);
    const beyondTwo = numbers.filter((x) => Math.abs(x) > 2).length / numbers.length;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.0015);
  });

  it('gives the same numbers however the calls are cut', () => {
    const source = new NormalSource(3);
    const parts = [1, 0, 6, 30_000, 5].map((length) => {
      const part = new Float32Array(length);
      source.fill(part, 1);
      return [...part];
    });
    expect(parts.flat()).toEqual([...normals(3, 30_012)]);
  });

  it('scales by sigma and differs by seed', () => {
    const scaled = new Float32Array(4);
    new NormalSource(9).fill(scaled, 0.5);
    expect([...scaled]).toEqual([...normals(9, 4)].map((x) => x / 2));
    expect([...normals(10, 4)]).not.toEqual([...normals(9, 4)]);
  });
});
