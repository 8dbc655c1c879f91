import { mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  FunctionProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
} from 'onnx-buf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  classes,
  type ForeignOptions,
  floatTensor,
  foreignClassifier,
  int,
  type Model,
  onnxBytes,
  op,
  value,
} from '../../test/foreign-classifier.ts';
import { type AdoptOptions, adoptModel } from './adopt-model.ts';
import { openGraph } from './onnxruntime-graph.ts';

const labels = Array.from({ length: classes }, (_, i) => ({ id: `c${i}`, label: `class ${i}` }));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refusals-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Adopts, and expects one clear line and nothing left behind. */
async function expectRefusal(
  model: Model | Uint8Array,
  code: string,
  message: string,
  options: Partial<AdoptOptions> = {},
) {
  const file = join(folder, 'foreign.onnx');
  await writeFile(file, model instanceof Uint8Array ? model : onnxBytes(model));
  const root = join(folder, 'models');
  const adopting = adoptModel({
    file,
    name: 'foreign',
    folder: root,
    classes: labels,
    openGraph,
    ...options,
  });
  const error = await adopting.then(
    () => expect.unreachable('it was adopted'),
    (reason) => reason,
  );
  expect(error).toMatchObject({ name: 'UsageError', code });
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('\n');
  expect(await readdir(root).catch(() => [])).toEqual([]);
}

function changed(change: (model: Model, graph: Model['graph']) => void, options: ForeignOptions = {}) {
  const model = foreignClassifier(options);
  change(model, model.graph);
  return model;
}

describe('a foreign model is refused', () => {
  it.each([
    ['that is no protobuf', Buffer.from('<html><body>404</body></html>'), 'bad_onnx', 'it is no ONNX file'],
    ['that is empty', new Uint8Array(), 'bad_onnx', 'it holds no graph'],
    ['that was cut off', onnxBytes(foreignClassifier()).subarray(0, 2000), 'bad_onnx', 'it is no ONNX file'],
    [
      'of an older opset',
      foreignClassifier({ opset: 6 }),
      'unsupported_opset',
      'its opset is 6; adopted are 7 to 25',
    ],
    ['of a newer opset', foreignClassifier({ opset: 99 }), 'unsupported_opset', 'its opset is 99'],
  ])('%s', async (_, model, code, message) => {
    await expectRefusal(model, code, message);
  });

  it('with an operator of its own', async () => {
    const model = changed((_, { node }) => {
      node[1]!.domain = 'acme';
    });
    await expectRefusal(model, 'custom_operators', 'node "Relu of relu" is a custom operator, acme.Relu');
    const functions = changed((whole) => {
      whole.functions = [create(FunctionProtoSchema, { domain: 'acme', name: 'Swish' })];
    });
    await expectRefusal(functions, 'custom_operators', 'acme.Swish');
  });

  it('with control flow', async () => {
    const model = changed((_, graph) => {
      const attribute = [create(AttributeProtoSchema, { name: 'then_branch', g: { name: 'b' } })];
      graph.node.push(create(NodeProtoSchema, { opType: 'If', name: 'choice', attribute }));
    });
    await expectRefusal(model, 'control_flow', 'node "choice" (If) is control flow');
  });

  it('with no input or several for the image', async () => {
    const model = changed((_, graph) => graph.input.push(value('mask', DataType.FLOAT, [1, 16])));
    await expectRefusal(model, 'no_image_input', 'data FLOAT [?, 3, 16, 16]; mask FLOAT [1, 16]');
  });

  it.each([
    ['unsupported_input_type', DataType.FLOAT16, [1, 3, 16, 16], 'data FLOAT16 [1, 3, 16, 16] is neither'],
    ['unsupported_input_type', DataType.STRING, [1], 'data STRING [1] is neither FLOAT nor UINT8'],
    ['unsupported_input_shape', DataType.FLOAT, [1, 1, 16, 16], 'is no RGB image'],
    ['unsupported_input_shape', DataType.FLOAT, [1, 48], 'is no RGB image'],
    ['unsupported_input_shape', DataType.FLOAT, [65, 3, 16, 16], 'N at most 64'],
    ['unsupported_input_shape', DataType.FLOAT, ['N', 3, 16, 24], 'a square'],
    ['unsupported_input_shape', DataType.FLOAT, [64, 3, 513, 513], 'more than 16777216 pixels at once'],
    ['unsupported_input_shape', DataType.FLOAT, ['N', 3, 1e15, 1e15], 'at most 2048 pixels'],
    [
      'dynamic_image_size',
      DataType.FLOAT,
      ['N', 3, 'H', 'W'],
      "data FLOAT [?, 3, ?, ?] leaves the image's size open",
    ],
  ])('with %s: input of type %i, shape %j', async (code, type, shape, message) => {
    const model = changed((_, graph) => {
      graph.input = [value('data', type, shape)];
    });
    await expectRefusal(model, code, message);
  });

  it('whose image size is not the one that was asked for', async () => {
    await expectRefusal(foreignClassifier(), 'image_size', 'is 16 pixels a side, not 32', { size: 32 });
  });

  it.each([
    [[1, 12, 7, 7], 'there is: scores FLOAT [1, 12, 7, 7]'],
    [[1, 'k'], 'there is: scores FLOAT [1, ?]'],
    [[12], 'there is: scores FLOAT [12]'],
  ])('whose output has the shape %j', async (shape, message) => {
    const model = changed((_, graph) => {
      graph.output = [value('scores', DataType.FLOAT, shape)];
    });
    await expectRefusal(model, 'no_class_output', message);
  });

  it('with several outputs that could be it, until one is named', async () => {
    const model = changed((_, graph) => graph.output.push(value('features', DataType.FLOAT, ['N', 16])));
    await expectRefusal(model, 'ambiguous_output', 'scores FLOAT [?, 12]; features FLOAT [?, 16]; name one');
    await expectRefusal(model, 'no_class_output', 'no output "other"', { output: 'other' });
    const file = join(folder, 'foreign.onnx');
    const adopted = await adoptModel({
      file,
      name: 'm',
      folder,
      classes: labels,
      openGraph,
      output: 'scores',
    });
    expect(adopted.bundle.manifest.classes).toHaveLength(12);
  });

  it('with another number of labels', async () => {
    const options = { classes: labels.slice(1) };
    await expectRefusal(
      foreignClassifier(),
      'class_count',
      'has 12 classes, and there are 11 labels',
      options,
    );
  });

  it('for a second softmax', async () => {
    const model = foreignClassifier({ ending: 'Softmax' });
    await expectRefusal(model, 'activated_twice', 'is a softmax already', { activation: 'softmax' });
  });

  it('for a normalisation of bytes', async () => {
    await expectRefusal(foreignClassifier({ type: 'uint8' }), 'normalised_bytes', 'takes bytes', {
      normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
    });
  });

  it.each([
    [8, '8 and cut to 16'],
    [16.5, '16.5 and cut to 16'],
  ])('for a resize to %d', async (resize, message) => {
    await expectRefusal(foreignClassifier(), 'bad_resize', message, { resize });
  });

  it.each(['', '../vgg', 'a/b', '.hidden'])('under the name %j', async (name) => {
    await expectRefusal(foreignClassifier(), 'bad_model_name', 'is no name for a model', { name });
  });

  it('that ONNX Runtime cannot load', async () => {
    const model = changed((_, { node }) => {
      node[1]!.opType = 'Relou';
    });
    await expectRefusal(model, 'unloadable', 'the original does not run');
  });

  it('whose batch size is in more than a Reshape constant', async () => {
    const model = changed(
      (_, graph) => {
        graph.initializer.push(floatTensor('token', [1, 1], 1));
        graph.initializer[2] = floatTensor('fc.weight', [12, 17], 1);
        graph.node.splice(-1, 0, op('Concat', ['features', 'token'], 'joined', int('axis', 1)));
        graph.node.at(-1)!.input[0] = 'joined';
      },
      { batch: 1, reshape: true },
    );
    await expectRefusal(model, 'fixed_batch', 'it does not run 2 images at once');
  });

  it('that computes something else for a batch than for its images', async () => {
    const model = changed(
      (_, graph) => {
        graph.node.splice(-1, 0, op('ReduceMax', ['features'], 'joined', int('keepdims', 1)));
        graph.node.splice(-1, 0, op('Sub', ['features', 'joined'], 'centred'));
        graph.node.at(-1)!.input[0] = 'centred';
      },
      { batch: 1, reshape: true },
    );
    await expectRefusal(model, 'differs', 'gives other scores than the original: image');
  });

  it('whose scores are not numbers', async () => {
    const model = changed((_, graph) => {
      graph.initializer.find(({ name }) => name === 'fc.bias')!.rawData = new Uint8Array(48).fill(255);
    });
    await expectRefusal(model, 'differs', 'NaN instead of NaN');
  });

  it('with fewer numbers than a shape says, two of a name, or an impossible shape', async () => {
    const short = changed((_, graph) => {
      graph.initializer[0]!.rawData = new Uint8Array(4);
    });
    await expectRefusal(short, 'bad_onnx', 'initializer conv.weight has 4 bytes; its shape needs 1728');
    const twice = changed((_, graph) => graph.initializer.push(graph.initializer[0]!));
    await expectRefusal(twice, 'bad_onnx', 'two initializers conv.weight');
    const negative = changed((_, graph) => {
      graph.initializer[0]!.dims = [-1n, -432n];
    });
    await expectRefusal(negative, 'bad_onnx', 'initializer conv.weight has the shape [-1, -432]');
  });

  it('with more structure than any network has', async () => {
    const model = changed((whole) => {
      whole.docString = 'x'.repeat(33 * 2 ** 20);
    });
    await expectRefusal(model, 'model_too_large', 'bytes besides its initializers');
  });

  it('larger than protobuf allows, unread', async () => {
    const file = join(folder, 'huge.onnx');
    await writeFile(file, '');
    await truncate(file, 2 ** 31);
    const adopting = adoptModel({ file, name: 'm', folder, classes: labels, openGraph });
    await expect(adopting).rejects.toMatchObject({ code: 'model_too_large' });
  });

  it('that is not there', async () => {
    const adopting = adoptModel({
      file: join(folder, 'no.onnx'),
      name: 'm',
      folder,
      classes: labels,
      openGraph,
    });
    await expect(adopting).rejects.toMatchObject({
      code: 'unreadable_model',
      message: `cannot adopt ${join(folder, 'no.onnx')}: there is no such file`,
    });
  });
});

describe('external data', () => {
  function external(location: string, more: Record<string, string> = {}) {
    return changed((_, graph) => {
      const { name, dims, dataType } = graph.initializer[0]!;
      const entries = Object.entries({ location, ...more });
      const externalData = entries.map(([key, text]) => ({ key, value: text }));
      const tensor = { name, dims, dataType, dataLocation: DataLocation.EXTERNAL, externalData };
      graph.initializer[0] = create(TensorProtoSchema, tensor);
    });
  }

  it('beside the model is moved along with the rest', async () => {
    const numbers = foreignClassifier().graph.initializer![0]!.rawData;
    await writeFile(join(folder, 'foreign.onnx.data'), Buffer.concat([Buffer.alloc(64), numbers]));
    const file = join(folder, 'foreign.onnx');
    await writeFile(file, onnxBytes(external('foreign.onnx.data', { offset: '64', length: '1728' })));
    const { bundle, check } = await adoptModel({ file, name: 'm', folder, classes: labels, openGraph });
    expect(bundle.manifest.weights).toMatchObject([{ file: 'model.safetensors' }]);
    expect(check.worst).toBeLessThan(1e-6);
  });

  it.each(['../secret', '/etc/passwd', 'a/../../secret', ''])('at %j is refused', async (location) => {
    await expectRefusal(external(location), 'unsafe_external_data', 'it must lie beside the model');
  });

  it('behind a link out of the folder is refused', async () => {
    await mkdir(join(folder, 'in'));
    await writeFile(join(folder, 'secret'), Buffer.alloc(1728));
    await symlink('../secret', join(folder, 'in/data'));
    const file = join(folder, 'in/foreign.onnx');
    await writeFile(file, onnxBytes(external('data')));
    const adopting = adoptModel({ file, name: 'm', folder, classes: labels, openGraph });
    await expect(adopting).rejects.toMatchObject({ code: 'unsafe_external_data' });
  });

  it.each([
    ['missing', {}],
    ['short', {}],
    ['short', { offset: '-8', length: '1728' }],
    ['short', { offset: '1e999' }],
  ])('that is not there is refused: %s %j', async (location, more) => {
    await writeFile(join(folder, 'short'), Buffer.alloc(1000));
    await expectRefusal(external(location, more), 'bad_external_data', `"${location}"`);
  });
});
