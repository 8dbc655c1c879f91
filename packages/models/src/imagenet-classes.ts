/** ImageNet's 1000 classes with their WordNet names; scripts/generate-imagenet-labels.ts made the list. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { BundleManifest } from './bundle-schema.ts';

const classesSchema = z.array(z.object({ id: z.string(), lemmas: z.tuple([z.string()], z.string()) }));

/** A class by its WordNet 3.0 id, with all its names; the id is the key, since first names repeat (crane, maillot). */
export type ImagenetClass = z.infer<typeof classesSchema>[number];

/** All 1000 in index order, which is the order of their ids. */
export async function imagenetClasses(): Promise<readonly ImagenetClass[]> {
  return classesSchema.parse(
    JSON.parse(await readFile(new URL('../data/imagenet-1k.json', import.meta.url), 'utf8')),
  );
}

/** A bundle's classes from ImageNet's, each labelled with its first name. */
export function labelled(classes: readonly ImagenetClass[]): BundleManifest['classes'] {
  return classes.map(({ id, lemmas }) => ({ id, label: lemmas[0] }));
}
