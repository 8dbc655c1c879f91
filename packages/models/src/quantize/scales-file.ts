/** What depends on calibration, as a small safetensors file: 32-bit biases, and the scales of weights and biases. */

import { type TensorDeclaration, writeSafetensors } from '../safetensors-writer.ts';
import type { AffineScale } from './affine.ts';
import { biasScale, quantiseBias } from './affine.ts';
import type { QuantisableLayer } from './layers.ts';
import type { LayerNumbers } from './quantised-weights.ts';

/** The tensor of zeros that all symmetric zero points share, whatever their length and type. */
export const zerosTensor = 'zeros';
export const scaleOf = (tensor: string): string => `${tensor}.scale`;

/** The bias of a layer may come from its batch norm alone. */
export function biasName({ weight, bias }: QuantisableLayer): string {
  return bias?.name ?? `${weight.name}.bias`;
}

/**
 * @param numbers by the weight's name.
 * @param inputs scales of the layers' inputs, by origin.
 */
export async function writeScales(
  path: string,
  layers: readonly QuantisableLayer[],
  numbers: ReadonlyMap<string, LayerNumbers>,
  inputs: ReadonlyMap<string, AffineScale>,
): Promise<void> {
  const declarations: TensorDeclaration[] = [];
  const body: Uint8Array[] = [];
  const add = (
    name: string,
    dtype: 'F32' | 'I32',
    values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>,
  ) => {
    declarations.push({ name, dtype, shape: [values.length] });
    body.push(new Uint8Array(values.buffer));
  };
  let channels = 0;
  for (const quantisable of layers) {
    const { weight, origin } = quantisable;
    const layer = numbers.get(weight.name);
    const input = inputs.get(origin);
    if (layer === undefined || input === undefined) throw new TypeError(`${weight.name} has no scales`);
    channels = Math.max(channels, layer.weightScales.length);
    add(scaleOf(weight.name), 'F32', layer.weightScales);
    if (layer.bias === null) continue;
    const scales = layer.weightScales.map((scale) => biasScale(input.scale, scale));
    add(
      biasName(quantisable),
      'I32',
      Int32Array.from(layer.bias, (value, channel) => quantiseBias(value, scales[channel] ?? 1)),
    );
    add(scaleOf(biasName(quantisable)), 'F32', scales);
  }
  add(zerosTensor, 'I32', new Int32Array(channels));
  await writeSafetensors(path, declarations, body);
}
