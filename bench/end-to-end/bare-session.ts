/** Child process: mean milliseconds an image that a bare session needs. usage: bare-session.ts BUNDLE BATCH */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bundleSchema } from '@labelmill/models/bundle-schema';
import { labelsGraph } from '@labelmill/models/labels-graph';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [folder = '', batchText = '1'] = process.argv.slice(2);
const batch = Number(batchText);
const manifest = bundleSchema.parse(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')));
const graph = labelsGraph(manifest);
const { crop } = manifest.preprocessing;
const session = await InferenceSession.create(join(folder, graph?.file ?? ''), {
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'all',
  intraOpNumThreads: availableParallelism(),
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
});
const pixels = new Uint8Array(batch * crop * crop * 3).map((_, n) => (n * 31) % 256);
const image = new Tensor('uint8', pixels, [batch, crop, crop, 3]);
await session.run({ image });
// The mean, as the end-to-end rate is one: a minimum would compare the machine's best moment with its usual ones.
const runs = Math.ceil(32 / batch);
const began = performance.now();
for (let run = 0; run < runs; run++) await session.run({ image });
process.stdout.write(`${(performance.now() - began) / runs / batch}\n`);
