import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { imagenetClasses, labelled } from './imagenet-classes.ts';

describe('imagenetClasses', () => {
  it("are the ONNX model zoo's synset.txt, line by line", async () => {
    const lines = (await imagenetClasses()).map(({ id, lemmas }) => `${id} ${lemmas.join(', ')}\n`);
    expect(lines).toHaveLength(1000);
    const sha256 = createHash('sha256').update(lines.join('')).digest('hex');
    expect(sha256).toBe('acf75ef0abe89694b19056e0796401068b459c457baa30335f240c7692857355');
  });

  it('are labelled with their first names, of which two are twice there', async () => {
    const classes = labelled(await imagenetClasses());
    expect(classes[281]).toEqual({ id: 'n02123045', label: 'tabby' });
    expect([classes[134]?.label, classes[517]?.label]).toEqual(['crane', 'crane']);
    expect(new Set(classes.map(({ label }) => label)).size).toBe(998);
    expect(new Set(classes.map(({ id }) => id)).size).toBe(1000);
  });
});
