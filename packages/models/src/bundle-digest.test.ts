import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleDigest, bundleDigests } from './bundle-digest.ts';
import { builtInBundles } from './bundle-folders.ts';
import { resolveBundle } from './find-bundle.ts';
import { readBundle } from './read-bundle.ts';

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

  it('refuses what is nested so deeply that reading it would overflow the stack', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deep-bundle-'));
    const path = join(folder, 'model.json');
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const whole = JSON.stringify((await resolveBundle('vgg-mini', [builtInBundles])).manifest);
    await writeFile(path, `${whole.slice(0, -1)},"more":${deep}}`);
    await expect(readBundle(folder)).rejects.toMatchObject({
      name: 'UsageError',
      code: 'bad_bundle',
      message: `${path}: it is nested deeper than 100 levels`,
    });
    await rm(folder, { recursive: true });
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

describe('bundleDigests', () => {
  it.each([
    ['weights', 'weights', []],
    ['graph', 'graphs', []],
    ['preprocessing', 'preprocessing', { resize: 65, crop: 64, kernel: 'bilinear', colour: 1 }],
    ['labelMap', 'classes', [{ id: 'a', label: 'A' }]],
    [null, 'provenance', { origin: 'elsewhere', licence: 'none' }],
  ])('of these, only %s changes with the %s', async (part, field, value) => {
    const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
    const changed = bundleDigests({ ...bundle, manifest: { ...bundle.manifest, [field]: value } });
    const before = bundleDigests(bundle);
    const differing = Object.keys(before).filter(
      (key) => changed[key as keyof typeof before] !== before[key as keyof typeof before],
    );
    expect(differing).toEqual(part === null ? [] : [part]);
  });

  it('is the sha256 of the canonical JSON of its part', async () => {
    const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
    const canonical = '{"colour":1,"crop":64,"kernel":"bilinear","resize":64}';
    const expected = `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
    expect(bundleDigests(bundle).preprocessing).toBe(expected);
  });

  it('counts a way of decoding that is not the bundle’s own into the preprocessing alone', async () => {
    const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
    const canonical = '{"colour":1,"crop":64,"decode":"fast","kernel":"bilinear","resize":64}';
    const preprocessing = `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
    expect(bundleDigests(bundle, 'fast')).toEqual({ ...bundleDigests(bundle), preprocessing });
    expect(bundleDigests(bundle, 'exact')).toEqual(bundleDigests(bundle));
  });
});
