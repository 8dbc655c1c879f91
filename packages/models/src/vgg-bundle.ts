/** A VGG bundle in fp32: one weights file, and graphs over it. */
import { join } from 'node:path';
import { UsageError } from '@labelmill/shared/errors';
import type { Bundle, BundleManifest } from './bundle-schema.ts';
import type { CatalogueEntry } from './catalogue.ts';
import { createBundle } from './create-bundle.ts';
import { graphVariants, weightsFile, writeGraphs } from './vgg-graph-variants.ts';
import { vggLayers } from './vgg-layers.ts';

/** The paper's training images were ImageNet's; torchvision and the model zoo give its channels these statistics. */
export const imagenetNormalisation: BundleManifest['normalisation'] = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** Labels per image, where there are as many classes. */
const maxLabels = 10;

export interface VggBundleOptions {
  /** Folder of bundles. */
  readonly root: string;
  readonly model: string;
  readonly entry: CatalogueEntry;
  readonly trained: boolean;
  readonly classes: BundleManifest['classes'];
  readonly provenance: BundleManifest['provenance'];
  /** Puts the safetensors file at this path. */
  readonly writeWeights: (path: string) => Promise<void>;
}

/**
 * Makes `<root>/<model>-fp32`. Batch norms stay operators of their own, so that published weights are used as they are;
 * ONNX Runtime folds them into the convolutions when it loads the graph.
 *
 * @throws UsageError `class_count` if there are not as many classes as the architecture has outputs; as `bindTensors`
 * and `createBundle` do.
 */
export async function createVggBundle(options: VggBundleOptions): Promise<Bundle> {
  const { root, model, entry, trained, classes, provenance, writeWeights } = options;
  const { architecture, resize } = entry;
  if (classes.length !== architecture.classes) {
    const counts = `${classes.length} classes for ${architecture.classes} outputs`;
    throw new UsageError('class_count', `${model}: ${counts}`);
  }
  const k = Math.min(maxLabels, classes.length);
  const draft = {
    format: 1 as const,
    model,
    architecture,
    precision: 'fp32' as const,
    trained,
    preprocessing: { resize, crop: architecture.inputSize, kernel: 'bilinear' as const, colour: 1 as const },
    normalisation: imagenetNormalisation,
    activation: 'softmax' as const,
    k,
    classes,
    weights: [weightsFile],
    graphs: graphVariants('fp32'),
    provenance,
  };
  return createBundle(root, draft, async (folder) => {
    await writeWeights(join(folder, weightsFile));
    await writeGraphs(folder, {
      model,
      precision: 'fp32',
      layers: vggLayers(architecture),
      inputSize: architecture.inputSize,
      normalisation: imagenetNormalisation,
      k,
    });
  });
}
