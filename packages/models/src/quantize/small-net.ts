/** A float32 bundle's files, made by hand: conv, batch norm, conv and two fully connected layers. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { movableTensors, moveWeights } from '../adopt/move-weights.ts';
import { readOnnx } from '../adopt/read-onnx.ts';
import { OnnxGraph, onnxTypeNumber } from '../onnx-graph.ts';
import { modelBytes } from './graph-parts.ts';

/** Numerical Recipes' LCG, −1 … 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** @param side of the image in pixels, a multiple of 4. */
export async function writeSmallNet(folder: string, side: number, classes: number): Promise<void> {
  const next = numbers(3);
  const flat = 16 * (side / 4) ** 2;
  const tensors: [string, number[], () => number][] = [
    ['conv1.weight', [8, 3, 3, 3], () => next() * 0.4],
    ['conv1.bias', [8], () => next() * 0.2],
    ['norm.scale', [8], () => 1 + next() * 0.5],
    ['norm.bias', [8], () => next() * 0.3],
    ['norm.mean', [8], () => next() * 0.2],
    ['norm.variance', [8], () => 0.6 + next() * 0.4],
    ['conv2.weight', [16, 8, 3, 3], () => next() * 0.25],
    ['conv2.bias', [16], () => next() * 0.2],
    ['fc1.weight', [32, flat], () => next() * 0.15],
    ['fc1.bias', [32], () => next() * 0.2],
    ['fc2.weight', [classes, 32], () => next() * 0.3],
    ['fc2.bias', [classes], () => next() * 0.2],
  ];
  const graph = new OnnxGraph();
  for (const [name, shape, value] of tensors) {
    const length = shape.reduce((product, sides) => product * sides, 1);
    graph.constant(name, shape, Float32Array.from({ length }, value));
  }
  const scalar = (name: string, value: number) => graph.constant(name, [1, 1, 1, 1], Float32Array.of(value));
  const square = { kernel_shape: { ints: [3, 3] }, pads: { ints: [1, 1, 1, 1] } };
  const halves = { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } };

  const image = graph.input('image', 'uint8', ['N', side, side, 3]);
  const planes = graph.node('Transpose', 'planes', [image], { perm: { ints: [0, 3, 1, 2] } });
  const pixels = graph.node('Cast', 'pixels', [planes], { to: { int: onnxTypeNumber('float32') } });
  const centred = graph.node('Sub', 'centred', [pixels, scalar('mean', 127.5)]);
  let value = graph.node('Div', 'normalised', [centred, scalar('std', 63.75)]);
  value = graph.node('Conv', 'conv1', [value, 'conv1.weight', 'conv1.bias'], square);
  const norm = ['norm.scale', 'norm.bias', 'norm.mean', 'norm.variance'];
  value = graph.node('BatchNormalization', 'norm', [value, ...norm], { epsilon: { float: 1e-3 } });
  value = graph.node('MaxPool', 'pool1', [graph.node('Relu', 'relu1', [value])], halves);
  value = graph.node('Conv', 'conv2', [value, 'conv2.weight', 'conv2.bias'], square);
  value = graph.node('MaxPool', 'pool2', [graph.node('Relu', 'relu2', [value])], halves);
  value = graph.node('Flatten', 'flat', [value], { axis: { int: 1 } });
  const transposed = { transB: { int: 1 } };
  value = graph.node('Gemm', 'fc1', [value, 'fc1.weight', 'fc1.bias'], transposed);
  value = graph.node('Relu', 'relu3', [value]);
  value = graph.node('Gemm', 'fc2', [value, 'fc2.weight', 'fc2.bias'], transposed);
  const probabilities = graph.node('Softmax', 'softmax', [value], { axis: { int: 1 } });
  const k = graph.constant('k', [1], BigInt64Array.of(BigInt(classes)));
  graph.nodes('TopK', 'top_k', [probabilities, k], ['score', 'index'], { axis: { int: 1 } });
  graph.output('score', 'float32', ['N', classes]);
  graph.output('index', 'int64', ['N', classes]);
  const path = join(folder, 'model.onnx');
  await writeFile(path, graph.serialise('small'));
  // The large tensors go to a file of their own; biases stay inside, so that both ways are read.
  const model = await readOnnx(path);
  const file = 'model.safetensors';
  await moveWeights(model, await movableTensors(model, path), join(folder, file), file);
  await writeFile(path, modelBytes(model));
}
