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

/** What a layer can have; the last two only a batch norm has. */
export type TensorRole = 'weight' | 'bias' | 'running_mean' | 'running_var';

/**
 * A layer's tensors under one naming, in the order of their roles: weight (conv: [out, in, k, k]; fc: [out, in]; batch
 * norm: [channels]), bias ([out]), and a batch norm's running mean and variance ([channels]).
 */
export type LayerTensors = ReadonlyMap<TensorRole, TensorSpec>;

/** The tensors of each layer that has any, by layer name, in layer order. */
export function vggTensors(
  layers: readonly VggLayer[],
  naming: TensorNaming,
): ReadonlyMap<string, LayerTensors> {
  const tensors = new Map<string, LayerTensors>();
  const fullyConnected = fullyConnectedNames[naming].values();
  for (const layer of layers) {
    if (layer.kind === 'conv') {
      const { outputs, inputs, kernel, featureIndex } = layer;
      tensors.set(layer.name, weightAndBias(`features.${featureIndex}`, [outputs, inputs, kernel, kernel]));
    } else if (layer.kind === 'batchnorm') {
      const name = `features.${layer.featureIndex}`;
      const shape = [layer.channels];
      const running = (['running_mean', 'running_var'] as const).map(
        (role) => [role, { name: `${name}.${role}`, shape }] as const,
      );
      tensors.set(layer.name, new Map([...weightAndBias(name, shape), ...running]));
    } else if (layer.kind === 'fc') {
      const name = fullyConnected.next().value ?? layer.name;
      const asConvolution = naming === 'timm' && name !== 'head.fc';
      const inputs = asConvolution ? layer.inputShape : [layer.inputs];
      tensors.set(layer.name, weightAndBias(name, [layer.outputs, ...inputs]));
    }
  }
  return tensors;
}

/** @param shape the weight's; its first side is the bias's only one. */
function weightAndBias(name: string, shape: readonly number[]): Map<TensorRole, TensorSpec> {
  return new Map([
    ['weight', { name: `${name}.weight`, shape }],
    ['bias', { name: `${name}.bias`, shape: shape.slice(0, 1) }],
  ]);
}

/** Where in the file each of a layer's tensors is. */
export type LayerRanges = ReadonlyMap<TensorRole, TensorRange>;

/** Whose names the tensors have: only timm has a `head.fc`. */
export function namingOf({ tensors }: SafetensorsHeader): TensorNaming {
  return tensors.has('head.fc.weight') ? 'timm' : 'torchvision';
}

/**
 * Finds every layer's tensors in a weights file, by layer name.
 *
 * @param dtype the element type that every tensor must have.
 * @throws UsageError naming the tensor: `missing_tensor`, `misshapen_tensor`, `unsupported_dtype`, or `extra_tensor` for
 * one that no layer uses. A batch norm's `num_batches_tracked` is no number of the network and may be there.
 */
export function bindTensors(
  layers: readonly VggLayer[],
  header: SafetensorsHeader,
  dtype: 'F32' | 'F16',
): ReadonlyMap<string, LayerRanges> {
  const unused = new Set(header.tensors.keys());
  for (const layer of layers) {
    if (layer.kind === 'batchnorm') unused.delete(`features.${layer.featureIndex}.num_batches_tracked`);
  }
  const take = ({ name, shape }: TensorSpec): TensorRange => {
    const range = header.tensors.get(name);
    if (range === undefined) throw new UsageError('missing_tensor', `${header.path} has no tensor ${name}`);
    if (range.shape.join() !== shape.join()) {
      const shapes = `[${range.shape.join(', ')}], not [${shape.join(', ')}]`;
      throw new UsageError('misshapen_tensor', `${header.path}: tensor ${name} has shape ${shapes}`);
    }
    if (range.dtype !== dtype) {
      const types = `${range.dtype}, not ${dtype}`;
      throw new UsageError('unsupported_dtype', `${header.path}: tensor ${name} is ${types}`);
    }
    unused.delete(name);
    return range;
  };
  const bound = new Map<string, LayerRanges>();
  for (const [layer, tensors] of vggTensors(layers, namingOf(header))) {
    bound.set(layer, new Map([...tensors].map(([role, spec]) => [role, take(spec)])));
  }
  for (const name of unused)
    throw new UsageError('extra_tensor', `${header.path}: no layer uses tensor ${name}`);
  return bound;
}

/** One tensor's range of what `bindTensors` found. */
export function rangeOf(
  ranges: ReadonlyMap<string, LayerRanges>,
  layer: string,
  role: TensorRole,
): TensorRange {
  const range = ranges.get(layer)?.get(role);
  if (range === undefined) throw new TypeError(`${layer} has no ${role}`);
  return range;
}
