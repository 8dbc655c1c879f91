import { describe, expect, it } from 'vitest';
import {
  activationScale,
  biasFloor,
  biasScale,
  quantiseBias,
  quantiseWeights,
  weightScale,
} from './affine.ts';

describe('activationScale', () => {
  it('puts the zero of a value behind ReLU at 0', () => {
    expect(activationScale({ low: 0, high: 5.1 })).toEqual({ scale: Math.fround(0.02), zeroPoint: 0 });
  });

  it('places 0 inside a range of both signs, so that padding is exact', () => {
    expect(activationScale({ low: -1, high: 1.55 })).toEqual({ scale: Math.fround(0.01), zeroPoint: 100 });
  });

  it('widens a range that does not hold 0', () => {
    expect(activationScale({ low: 2, high: 5.1 })).toEqual({ scale: Math.fround(0.02), zeroPoint: 0 });
    expect(activationScale({ low: -5.1, high: -2 })).toEqual({ scale: Math.fround(0.02), zeroPoint: 255 });
  });

  it('finds a scale for numbers that are all 0, and none for a NaN', () => {
    expect(activationScale({ low: 0, high: 0 })).toEqual({ scale: 1, zeroPoint: 0 });
    expect(() => activationScale({ low: 0, high: Number.NaN })).toThrow('range of 0 to NaN');
  });
});

describe('weights', () => {
  it('use all of 8 bits but −128: the largest becomes 127', () => {
    const weights = Float32Array.of(1.27, -1.27, 0.635, 0.004, 0);
    const scale = weightScale(weights, 127, 0);
    const integers = new Int8Array(5);
    quantiseWeights(weights, scale, 127, integers);
    expect(scale).toBeCloseTo(0.01, 7);
    expect(Array.from(integers)).toEqual([127, -127, 64, 0, 0]);
  });

  it('use 7 bits where they are limited to them', () => {
    const weights = Float32Array.of(6.4, -3.2, 0.1);
    const integers = new Int8Array(3);
    quantiseWeights(weights, weightScale(weights, 64, 0), 64, integers);
    expect(Array.from(integers)).toEqual([64, -32, 1]);
  });

  it('come back within half a step', () => {
    const weights = Float32Array.from({ length: 1000 }, (_, place) => Math.sin(place * 1.7) * 0.3);
    const scale = weightScale(weights, 127, 0);
    const integers = new Int8Array(1000);
    quantiseWeights(weights, scale, 127, integers);
    const worst = Math.max(
      ...weights.map((weight, place) => Math.abs(weight - scale * (integers[place] ?? 0))),
    );
    expect(worst).toBeLessThanOrEqual(scale / 2 + 1e-7);
  });

  it('round halves to even, as ONNX does', () => {
    const integers = new Int8Array(5);
    quantiseWeights(Float32Array.of(0.5, 1.5, 2.5, -0.5, -1.5), 1, 127, integers);
    expect(Array.from(integers)).toEqual([0, 2, 2, 0, -2]);
  });

  it('have a scale though all are 0', () => {
    expect(weightScale(new Float32Array(4), 127, 0)).toBe(1);
  });
});

describe('biases', () => {
  it('have the scale of the products they are added to', () => {
    expect(biasScale(0.5, 0.25)).toBe(0.125);
    expect(quantiseBias(-3, 0.125)).toBe(-24);
  });

  it('of a dead channel fit into 32 bits, because its weights give way', () => {
    const bias = -0.7;
    const inputScale = 0.02;
    const dead = Float32Array.of(1e-12, -1e-12);
    const unlimited = quantiseBias(bias, biasScale(inputScale, weightScale(dead, 127, 0)));
    expect(unlimited).toBe(-(2 ** 31));
    const scale = biasScale(inputScale, weightScale(dead, 127, biasFloor(bias, inputScale)));
    expect(scale * quantiseBias(bias, scale)).toBeCloseTo(bias, 6);
  });
});
