import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bundleDigest } from './bundle-digest.ts';

const manifest = {
  model: 'm',
  classes: [{ id: 'a', label: 'ä' }],
  preprocessing: { resize: 64, crop: 64 },
  batch: null,
};

describe('bundleDigest', () => {
  it('is the sha256 of the sorted, compact JSON', () => {
    const canonical =
      '{"batch":null,"classes":[{"id":"a","label":"ä"}],"model":"m","preprocessing":{"crop":64,"resize":64}}';
    expect(bundleDigest(manifest)).toBe(`sha256:${createHash('sha256').update(canonical).digest('hex')}`);
  });

  it('does not depend on the order of keys, nor on members that are undefined', () => {
    const { model, ...rest } = manifest;
    expect(bundleDigest({ ...rest, notes: undefined, model })).toBe(bundleDigest(manifest));
  });

  it.each([
    ['a value', { ...manifest, preprocessing: { resize: 64, crop: 63 } }],
    ['a type', { ...manifest, model: ['m'] }],
    ['an unknown field', { ...manifest, more: 0 }],
    ['a class', { ...manifest, classes: [] }],
  ])('changes with %s', (_, changed) => {
    expect(bundleDigest(changed)).not.toBe(bundleDigest(manifest));
  });
});
