/** What a foreign graph wants to be fed for given pixels, computed apart from the graph that does it. */
import type { GraphTensor } from './open-graph.ts';
import type { Wrapping } from './wrap-graph.ts';

/**
 * Every step is rounded to float32, as the graph's are, so that the inputs are equal to the last bit.
 *
 * @param images [rows, size, size, 3], RGB.
 */
export function referenceInput(
  images: Uint8Array,
  rows: number,
  { input, channels, normalisation }: Pick<Wrapping, 'input' | 'channels' | 'normalisation'>,
): GraphTensor {
  const { size, layout, type } = input;
  const area = size * size;
  const data = type === 'uint8' ? new Uint8Array(images.length) : new Float32Array(images.length);
  for (let channel = 0; channel < 3; channel++) {
    const colour = channels === 'bgr' ? 2 - channel : channel;
    const mean = Math.fround(255 * (normalisation.mean[colour] ?? 0));
    const std = Math.fround(255 * (normalisation.std[colour] ?? 1));
    for (let pixel = 0; pixel < rows * area; pixel++) {
      const byte = images[3 * pixel + colour] ?? 0;
      const plane = (Math.floor(pixel / area) * 3 + channel) * area + (pixel % area);
      const place = layout === 'NCHW' ? plane : 3 * pixel + channel;
      data[place] = type === 'uint8' ? byte : Math.fround(byte - mean) / std;
    }
  }
  const dims = layout === 'NCHW' ? [rows, 3, size, size] : [rows, size, size, 3];
  return { type, dims, data };
}
