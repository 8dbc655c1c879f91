/** The catalogue of published weights: data/published.json, whose checksums decide what is the real file. */
import { readFile } from 'node:fs/promises';
import { UsageError } from '@labelmill/shared/errors';
import { z } from 'zod';
import { bundleSchema } from '../bundle-schema.ts';

const plainName = z.string().regex(/^[a-z0-9][\w.-]*$/);

const publishedSchema = z.object({
  /** What `model pull` calls it. */
  name: plainName,
  /** `timm`: a safetensors file that graphs are laid over; `zoo`: an ONNX file that is adopted. */
  kind: z.enum(['timm', 'zoo']),
  /** The bundle's model. */
  model: plainName,
  precision: bundleSchema.shape.precision,
  /** Its name in an offline folder or bucket; the last part of timm's addresses is always `model.safetensors`. */
  file: plainName,
  address: z.url({ protocol: /^https?$/ }),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Where the publisher names it. */
  bytes: z.int().positive().optional(),
  licence: z.string(),
  /** In percent, on ImageNet's validation set, as published. */
  accuracy: z.object({ top1: z.number(), top5: z.number() }),
});
export type PublishedWeights = z.infer<typeof publishedSchema>;

export async function publishedWeights(): Promise<readonly PublishedWeights[]> {
  const text = await readFile(new URL('../../data/published.json', import.meta.url), 'utf8');
  return z.array(publishedSchema).parse(JSON.parse(text));
}

/** @throws UsageError `not_published`, naming what there is. */
export function findPublished(published: readonly PublishedWeights[], name: string): PublishedWeights {
  const found = published.find((weights) => weights.name === name);
  if (found !== undefined) return found;
  const names = published.map((weights) => weights.name).join(', ');
  throw new UsageError(
    'not_published',
    `no published weights of ${JSON.stringify(name)}; there is: ${names}`,
  );
}

/** For a bundle's model.json: the same wherever the file was fetched from, so that mirrors do not change the digest. */
export function provenanceOf({ address, sha256, licence, accuracy }: PublishedWeights) {
  return {
    origin: `${address} (sha256 ${sha256})`,
    licence,
    accuracy: `${accuracy.top1} % top-1, ${accuracy.top5} % top-5 on the ImageNet validation set, as published`,
  };
}
