import { expect, it } from 'vitest';
import type { BundleManifest } from './bundle-schema.ts';
import { cudaGraph } from './cuda-graph.ts';
import { graphVariants } from './vgg-graph-variants.ts';

const sha256 = '0'.repeat(64);
const graphs = (precision: 'fp32' | 'fp16'): BundleManifest['graphs'] =>
  graphVariants(precision).map((variant) => ({ ...variant, sha256 }));

it.each([
  ['fp16', 64, 'model-nhwc-b64.onnx'],
  ['fp32', 64, 'model-b64.onnx'],
  ['fp16', 100, 'model-nhwc-b64.onnx'],
  ['fp16', 1000, 'model-nhwc-b256.onnx'],
  ['fp16', 1, 'model-nhwc-b1.onnx'],
] as const)('%s at %i images a batch runs %s', (precision, batch, file) => {
  expect(cudaGraph({ graphs: graphs(precision) }, batch, 'labels')?.file).toBe(file);
});

it('gives features, which have no layout of their own, where they are asked for', () => {
  expect(cudaGraph({ graphs: graphs('fp16') }, 64, 'features')?.file).toBe('features-b64.onnx');
});

it('takes the graph for any batch where there is no fixed one, and never one of another kind', () => {
  const any = graphs('fp32').filter(({ batch }) => batch === null);
  expect(cudaGraph({ graphs: any }, 64, 'labels')?.file).toBe('model.onnx');
  expect(cudaGraph({ graphs: any.filter(({ kind }) => kind !== 'labels') }, 64, 'labels')).toBeUndefined();
});
