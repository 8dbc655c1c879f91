import { describe, expect, it } from 'vitest';
import { AgreementCount } from './agreement.ts';
import { quantizationLines } from './quantization-lines.ts';
import { quantizationSchema } from './quantization-schema.ts';

describe('AgreementCount', () => {
  it('counts best classes, the best five, and the largest difference of each image', () => {
    const count = new AgreementCount();
    const fp32 = Float32Array.of(0.5, 0.25, 0.125, 0.0625, 0.03125, 0.03125);
    const same = fp32;
    const second = Float32Array.of(0.375, 0.5, 0.0625, 0.03125, 0.015625, 0.015625);
    const last = Float32Array.of(0, 0.5, 0.25, 0.125, 0.0625, 0.0625);
    const twice = new Float32Array([...fp32, ...fp32]);
    count.add(twice, new Float32Array([...same, ...second]), 6);
    count.add(fp32, last, 6);
    // Largest differences: 0, 0.25 (the second class) and 0.5 (the first).
    expect(count.result()).toEqual({ images: 3, top1: 1 / 3, top5: 2 / 3, meanDelta: 0.25, worstDelta: 0.5 });
  });

  it('takes the lower of two equal classes as the better one, as TopK does', () => {
    const count = new AgreementCount();
    count.add(Float32Array.of(0.25, 0.75), Float32Array.of(0.5, 0.5), 2);
    expect(count.result()).toMatchObject({ top1: 0, top5: 1 });
  });
});

it('says in lines what quantising came to', () => {
  const report = quantizationSchema.parse({
    from: { name: 'vgg16-fp32', digest: 'sha256:0' },
    weightBits: 7,
    clipping: '99.99 %',
    floatLayers: ['fc8'],
    calibrationImages: 225,
    choosingImages: 75,
    agreement: { images: 1000, top1: 0.987, top5: 1, meanDelta: 0.01234, worstDelta: 0.2 },
    imagesPerSecond: { fp32: 12.5, int8: 45 },
    weightBytes: { fp32: 553_430_000, int8: 138_500_000 },
  });
  expect(quantizationLines(report)).toEqual([
    'calibrated on 225 images, activations cut at 99.99 % (chosen on 75 more)',
    'on 1000 other images, against vgg16-fp32:',
    '  same best class        98.7 %',
    '  its best in our best 5 100.0 %',
    '  largest |Δp| an image  0.0123 on average, 0.2000 at worst',
    '  images/s               45.0 instead of 12.5: 3.60 times as fast',
    'weights: 138.5 MB instead of 553.4 MB',
    'weights of 7 bits, because this CPU has no VNNI',
    'still float32: fc8',
  ]);
});
