/**
 * `labelmill eval` of vgg-mini beside PyTorch on the same images, and its modes of several views.
 *
 *   node --conditions=source bench/eval/main.ts VALIDATION [--photos PHOTOS] [--multi-crop] [--python PATH]
 *
 * VALIDATION: a folder of images with labels.csv (`file,id`). PHOTOS: photos named by WordNet id (n01440764_tench.JPEG),
 * for the modes on full-size images. PATH: a Python with torch, numpy and pillow; the peers' own by default, which
 * installs itself. Ends with 1 where the two are 0.3 points or more apart.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { UsageError } from '@labelmill/shared/errors';
import { runProgram, runScript } from '../child.ts';
import { peersPython } from '../peers/python-peers.ts';
import { writeReport } from '../report.ts';
import { runBench } from '../run-bench.ts';

/** In points: 0.3 of 100. */
const bar = 0.3;

const looks = [
  ['--mode', 'center'],
  ['--mode', 'flip'],
  ['--mode', 'ten-crop'],
  ['--mode', 'dense'],
  ['--mode', 'dense', '--scales', '96'],
];
/** 150 views of each image take their time. */
const multiCrop = ['--mode', 'multi-crop'];

interface Measured {
  readonly looked: { readonly mode: string; readonly scales: readonly number[]; readonly views: number };
  readonly accuracy: {
    readonly images: number;
    readonly top1: { readonly share: number };
    readonly top5: { readonly share: number };
  };
}

const { values, positionals } = parseArgs({
  options: {
    python: { type: 'string' },
    photos: { type: 'string' },
    'multi-crop': { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

await runBench(async () => {
  const [validation] = positionals;
  if (validation === undefined) throw new UsageError('bad_source', 'name a folder of images with labels.csv');
  const bundle = join(builtInBundles, 'vgg-mini-fp32');
  const script = fileURLToPath(new URL('./pytorch_accuracy.py', import.meta.url));
  const python = values.python ?? (await peersPython());
  const files = [join(bundle, 'model.safetensors'), join(bundle, 'model.json'), validation];
  const peer = JSON.parse(await runProgram(python, [script, ...files])) as Record<
    'images' | 'top1' | 'top5',
    number
  >;

  const sets = [{ name: 'validation', source: validation, truth: join(validation, 'labels.csv') }];
  if (values.photos !== undefined) sets.push({ name: 'photos', source: values.photos, truth: 'name' });
  const measured: { name: string; evaluation: Measured }[] = [];
  for (const { name, source, truth } of sets) {
    for (const look of values['multi-crop'] ? [...looks, multiCrop] : looks) {
      process.stderr.write(`${name} ${look.join(' ')}\n`);
      measured.push({ name, evaluation: await evaluated([source, '--truth', truth, ...look], bundle) });
    }
  }

  const center = measured[0]!.evaluation.accuracy;
  const checks = (['top1', 'top5'] as const).map((which) => ({
    what: `${which}: points left of the ${bar} between eval and PyTorch`,
    figure: bar - Math.abs(center[which].share - peer[which]) * 100,
    bar: 0,
  }));
  await writeReport('eval', {
    title: 'Accuracy of vgg-mini',
    command: 'node --conditions=source bench/eval/main.ts VALIDATION --photos PHOTOS --multi-crop',
    about: 'labelmill eval, and PyTorch with Pillow, which share no code.',
    columns: ['images', 'how', 'views', 'scales', 'count', 'top-1 %', 'top-5 %'],
    rows: [
      ['validation', 'PyTorch', '1', '64', String(peer.images), points(peer.top1), points(peer.top5)],
      ...measured.map(({ name, evaluation: { looked, accuracy } }) => [
        name,
        looked.mode,
        String(looked.views),
        looked.scales.join(' '),
        String(accuracy.images),
        points(accuracy.top1.share),
        points(accuracy.top5.share),
      ]),
    ],
    checks,
    data: { peer, measured },
  });
  if (checks.some(({ figure }) => figure <= 0)) process.exitCode = 1;
});

async function evaluated(args: readonly string[], model: string): Promise<Measured> {
  const cli = new URL('../../packages/cli/src/main.ts', import.meta.url);
  const printed = JSON.parse(await runScript(cli, ['eval', ...args, '--model', model, '--json'])) as {
    evaluations: [Measured];
  };
  return printed.evaluations[0];
}

function points(share: number): string {
  return (100 * share).toFixed(1);
}
