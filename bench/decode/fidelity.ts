/** How far two decoders' crops are from each other, in pixels and in labels. */
import { join } from 'node:path';
import { openGraph } from '@labelmill/models/adopt/onnxruntime-graph';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { labelsGraph } from '@labelmill/models/labels-graph';

export interface Difference {
  /** Share of photos that are the same to the last bit. */
  readonly same: number;
  /** Of 8-bit levels, over all photos. */
  readonly mean: number;
  readonly max: number;
}

/** @param bytes of one photo's crop */
export function difference(a: Uint8Array, b: Uint8Array, bytes: number): Difference {
  if (a.length !== b.length) throw new Error(`${a.length} bytes and ${b.length} cannot be compared`);
  let same = 0;
  let sum = 0;
  let max = 0;
  for (let at = 0; at < a.length; at += bytes) {
    const before = sum;
    for (let i = at; i < at + bytes; i++) {
      const apart = Math.abs(a[i]! - b[i]!);
      sum += apart;
      if (apart > max) max = apart;
    }
    if (sum === before) same++;
  }
  return { same: (same * bytes) / a.length, mean: sum / a.length, max };
}

export interface Agreement {
  /** Share of photos with the same best label. */
  readonly top1: number;
  /** Share of the best five labels that are among the other's best five. */
  readonly top5: number;
}

/** What a bundle makes of the same photos, as two decoders give them to it. */
export async function agreement(bundle: Bundle, a: Uint8Array, b: Uint8Array): Promise<Agreement> {
  const [labels, others] = [await bestFive(bundle, a), await bestFive(bundle, b)];
  const share = (each: (five: readonly bigint[], other: readonly bigint[]) => number) =>
    labels.reduce((sum, five, photo) => sum + each(five, others[photo]!), 0) / labels.length;
  return {
    top1: share((five, other) => (five[0] === other[0] ? 1 : 0)),
    top5: share((five, other) => five.filter((label) => other.includes(label)).length / five.length),
  };
}

async function bestFive({ folder, manifest }: Bundle, crops: Uint8Array): Promise<bigint[][]> {
  const { crop } = manifest.preprocessing;
  const bytes = crop * crop * 3;
  await using graph = await openGraph(join(folder, labelsGraph(manifest)?.file ?? ''));
  const labels: bigint[][] = [];
  for (let at = 0; at < crops.length; at += bytes) {
    const data = crops.slice(at, at + bytes);
    const { index } = await graph.run({ image: { type: 'uint8', data, dims: [1, crop, crop, 3] } });
    labels.push([...(index!.data as BigInt64Array).subarray(0, 5)]);
  }
  return labels;
}
