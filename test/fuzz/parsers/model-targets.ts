/** Parsers of models' files: a safetensors header, model.json, and a foreign ONNX graph on its way into a bundle. */
import { readFileSync } from 'node:fs';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adoptModel } from '@labelmill/models/adopt/adopt-model';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { readBundle } from '@labelmill/models/read-bundle';
import { readSafetensorsHeader } from '@labelmill/models/safetensors';
import { classes, foreignClassifier, onnxBytes } from '../../../packages/models/test/foreign-classifier.ts';
import { type ParserTarget, PropertyError } from './parser-target.ts';

const mini = join(builtInBundles, 'vgg-mini-fp32');
const bundleFile = (name: string) => readFileSync(join(mini, name));

/** @param folder for the mutants' files */
export function modelTargets(folder: string): readonly ParserTarget[] {
  return [safetensors(folder), bundle(folder), onnx(folder)];
}

function safetensors(folder: string): ParserTarget {
  const whole = bundleFile('model.safetensors');
  const header = whole.subarray(0, 8 + Number(whole.readBigUInt64LE()));
  const path = join(folder, 'model.safetensors');
  return {
    name: 'safetensors',
    seeds: [header],
    textShare: 0.7,
    async run(bytes) {
      await writeFile(path, bytes);
      // The tensors' bytes are a hole: nothing reads them.
      const fileBytes = bytes.length + whole.length - header.length;
      await truncate(path, fileBytes);
      const { tensors } = await readSafetensorsHeader(path);
      for (const [name, { offset, bytes: length }] of tensors) {
        if (!(offset >= 8 && length >= 0 && offset + length <= fileBytes))
          throw new PropertyError(`tensor ${name} lies at ${offset}, ${length} bytes`);
      }
      return 'ok';
    },
  };
}

function bundle(folder: string): ParserTarget {
  return {
    name: 'model.json',
    seeds: [bundleFile('model.json')],
    textShare: 0.8,
    async run(bytes) {
      await writeFile(join(folder, 'model.json'), bytes);
      const { digest, manifest } = await readBundle(folder);
      const files = [...manifest.weights, ...manifest.graphs].map(({ file }) => file);
      if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new PropertyError(`digest ${digest}`);
      if (files.some((file) => /[/\\]|^\./.test(file))) throw new PropertyError(`files ${files}`);
      return 'ok';
    },
  };
}

/** ONNX Runtime itself stays out of it: what native code does with a hostile graph is not bounded here. */
function onnx(folder: string): ParserTarget {
  const labels = Array.from({ length: classes }, (_, place) => ({
    id: `c${place}`,
    label: `class ${place}`,
  }));
  const file = join(folder, 'foreign.onnx');
  return {
    name: 'onnx',
    seeds: [
      onnxBytes(foreignClassifier()),
      onnxBytes(foreignClassifier({ layout: 'NHWC', type: 'uint8', ending: 'Softmax' })),
      onnxBytes(foreignClassifier({ opset: 9, batch: 1, reshape: true, numbers: 'floatData' })),
      onnxBytes(foreignClassifier({ opset: 7, listsInitializers: true, ending: 'Sigmoid' })),
      bundleFile('model.onnx'),
    ],
    textShare: 0,
    async run(bytes) {
      await writeFile(file, bytes);
      const models = join(folder, 'models');
      let converted = false;
      const adopting = adoptModel({
        ...{ file, name: 'm', folder: models, classes: labels },
        openGraph: async () => {
          converted = true;
          throw new Error('not run');
        },
      });
      try {
        await adopting;
      } catch (error) {
        if (!converted) throw error;
      }
      await rm(models, { recursive: true, force: true });
      return 'ok';
    },
  };
}
