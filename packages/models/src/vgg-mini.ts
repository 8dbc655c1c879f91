/** The bundle that ships with labelmill: a small VGG of its own training, for the demo and the tests. */
import { copyFile, readFile } from 'node:fs/promises';
import { UsageError } from '@labelmill/shared/errors';
import { z } from 'zod';
import type { Bundle } from './bundle-schema.ts';
import { catalogue } from './catalogue.ts';
import { imagenetClasses, labelled } from './imagenet-classes.ts';
import { createVggBundle } from './vgg-bundle.ts';

const model = 'vgg-mini';

/** What training left behind about the weights, as far as the bundle needs it. */
const trainingSchema = z.object({
  classes: z.array(z.string()),
  training: z.object({ data: z.string(), recipe: z.string() }),
  accuracy: z.object({ tinyImageNetVal: z.object({ top1: z.number(), top5: z.number() }) }),
});

/**
 * Makes `<root>/vgg-mini-fp32` from the trained weights and data/vgg-mini.json. Deterministic.
 *
 * @param weights path of the safetensors file, which is copied.
 * @throws as `createVggBundle` does.
 */
export async function createVggMini(root: string, weights: string): Promise<Bundle> {
  const entry = catalogue.get(model);
  if (entry === undefined) throw new TypeError(`the catalogue lacks ${model}`);
  const text = await readFile(new URL('../data/vgg-mini.json', import.meta.url), 'utf8');
  const { classes, training, accuracy } = trainingSchema.parse(JSON.parse(text));
  const byId = new Map((await imagenetClasses()).map((imagenetClass) => [imagenetClass.id, imagenetClass]));
  const { top1, top5 } = accuracy.tinyImageNetVal;
  return createVggBundle({
    root,
    model,
    entry,
    trained: true,
    classes: labelled(
      classes.map((id) => {
        const found = byId.get(id);
        if (found === undefined) throw new UsageError('unknown_class', `${id} is no class of ImageNet`);
        return found;
      }),
    ),
    provenance: {
      origin: `trained by the labelmill authors on ${training.data}`,
      licence: 'Apache-2.0; a demonstration and test model: the images of Tiny ImageNet are for research use',
      accuracy: `${percent(top1)} top-1, ${percent(top5)} top-5 on the Tiny ImageNet validation set`,
      notes: training.recipe,
    },
    writeWeights: (path) => copyFile(weights, path),
  });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
