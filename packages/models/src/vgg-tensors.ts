/** Which tensor of a weights file is which layer's, under either of the two names in circulation. */
import { UsageError } from '@labelmill/shared/errors';
import type { SafetensorsHeader, TensorRange } from './safetensors.ts';
import type { VggLayer } from './vgg-layers.ts';

/**
 * torchvision: features.N, classifier.0/3/6. timm keeps features.N, has fc6 and fc7 as convolutions (7×7 and 1×1) and
 * calls fc8 head.fc; its bytes are the same, because a C-order reshape turns the one into the other.
 */
export type TensorNaming = 'torchvision' | 'timm';

const fullyConnectedNames: Readonly<Record<TensorNaming, readonly [string, string, string]>> = {
  torchvision: ['classifier.0', 'classifier.3', 'classifier.6'],
  timm: ['pre_logits.fc1', 'pre_logits.fc2', 'head.fc'],
};

export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A layer's weight (conv: [out, in, k, k]; fc: [out, in]) and bias ([out]) under one naming. */
export interface LayerTensors {
  readonly weight: TensorSpec;
  readonly bias: TensorSpec;
}

/** The tensors of each layer that has any, by layer name, in layer order. */
export function vggTensors(
  layers: readonly VggLayer[],
  naming: TensorNaming,
): ReadonlyMap<string, LayerTensors> {
  const tensors = new Map<string, LayerTensors>();
  const fullyConnected = fullyConnectedNames[naming].values();
  for (const layer of layers) {
    if (layer.kind !== 'conv' && layer.kind !== 'fc') continue;
    const { outputs, inputs } = layer;
    const name = layer.kind === 'conv' ? `features.${layer.featureIndex}` : fullyConnected.next().value;
    const square = layer.kind === 'conv' ? [layer.kernel, layer.kernel] : [];
    let shape = [outputs, inputs, ...square];
    if (naming === 'timm' && layer.kind === 'fc' && name !== 'head.fc')
      shape = [outputs, ...layer.inputShape];
    tensors.set(layer.name, {
      weight: { name: `${name}.weight`, shape },
      bias: { name: `${name}.bias`, shape: [outputs] },
    });
  }
  return tensors;
}

/** Where in the file each layer's numbers are. */
export interface LayerRanges {
  readonly weight: TensorRange;
  readonly bias: TensorRange;
}

/**
 * Finds every layer's tensors in a weights file, by layer name.
 *
 * @throws UsageError naming the tensor: `missing_tensor`, `misshapen_tensor`, `unsupported_dtype` (only F32 is), or
 * `extra_tensor` for one that no layer uses.
 */
export function bindTensors(
  layers: readonly VggLayer[],
  header: SafetensorsHeader,
): ReadonlyMap<string, LayerRanges> {
  const naming: TensorNaming = header.tensors.has('head.fc.weight') ? 'timm' : 'torchvision';
  const unused = new Set(header.tensors.keys());
  const take = ({ name, shape }: TensorSpec): TensorRange => {
    const range = header.tensors.get(name);
    if (range === undefined) throw new UsageError('missing_tensor', `${header.path} has no tensor ${name}`);
    if (range.shape.join() !== shape.join()) {
      const shapes = `[${range.shape.join(', ')}], not [${shape.join(', ')}]`;
      throw new UsageError('misshapen_tensor', `${header.path}: tensor ${name} has shape ${shapes}`);
    }
    if (range.dtype !== 'F32') {
      throw new UsageError('unsupported_dtype', `${header.path}: tensor ${name} is ${range.dtype}, not F32`);
    }
    unused.delete(name);
    return range;
  };
  const bound = new Map<string, LayerRanges>();
  for (const [layer, { weight, bias }] of vggTensors(layers, naming)) {
    bound.set(layer, { weight: take(weight), bias: take(bias) });
  }
  for (const name of unused)
    throw new UsageError('extra_tensor', `${header.path}: no layer uses tensor ${name}`);
  return bound;
}
