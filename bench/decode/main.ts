/**
 * CPU time to decode a photo, exact and fast, beside Pillow's for the same pixels, and what fast changes.
 *
 *   node --conditions=source bench/decode/main.ts PHOTOS [--pairs 7] [--images 300] [--large 24]
 *
 * Every measurement is a process of its own that decodes all photos one after the other, after a warm-up, with the bytes
 * in memory; the processes take turns. CPU time of all threads, so that what else the machine does matters little.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { readBundle } from '@labelmill/models/read-bundle';
import { runProgram, runScript } from '../child.ts';
import { medianAndQuartiles } from '../median.ts';
import { enoughPhotos } from '../photo-files.ts';
import { pythonVenv } from '../python-venv.ts';
import { outFolder, shownSpread, writeReport } from '../report.ts';
import { runBench } from '../run-bench.ts';
import { type Agreement, agreement, type Difference, difference } from './fidelity.ts';
import { largePhotos } from './large-photos.ts';

const decoders = ['exact', 'fast', 'pillow'] as const;
type Decoder = (typeof decoders)[number];
/** CPU milliseconds a photo. */
type Round = Record<Decoder, number>;

interface Setting {
  readonly name: string;
  readonly photos: readonly string[];
  readonly resize: number;
  readonly crop: number;
}

interface Measured {
  readonly setting: string;
  readonly rounds: readonly Round[];
  readonly exactToPillow: Difference;
  readonly fastToExact: Difference;
  /** Where vgg-mini takes crops of this size. */
  readonly fastLabels: Agreement | null;
}

const { values, positionals } = parseArgs({
  options: {
    pairs: { type: 'string', default: '7' },
    images: { type: 'string', default: '300' },
    large: { type: 'string', default: '24' },
  },
  allowPositionals: true,
});
const pairs = Number(values.pairs);
const bundle = await readBundle(join(builtInBundles, 'vgg-mini-fp32'));

await runBench(async () => {
  const python = await pythonVenv(new URL('./', import.meta.url), 'this bench needs it');
  const photos = await enoughPhotos(positionals[0] ?? '', Number(values.images));
  const large = await largePhotos(photos.slice(0, Number(values.large)), join(outFolder, 'large-photos'));
  const settings: Setting[] = [
    { name: 'photos', photos, resize: 256, crop: 224 },
    { name: 'photos', photos, resize: 64, crop: 64 },
    { name: '12 megapixels', photos: large, resize: 256, crop: 224 },
    { name: '12 megapixels', photos: large, resize: 64, crop: 64 },
  ];
  const measured: Measured[] = [];
  for (const setting of settings) measured.push(await measure(setting, python));
  const [usual] = measured;
  await writeReport('decode', {
    title: 'Decoding beside Pillow',
    command: `node --conditions=source bench/decode/main.ts PHOTOS --pairs ${pairs}`,
    about: `CPU milliseconds a photo, ${pairs} rounds in turn, median (quartiles): ${photos.length} photos, and ${large.length} of them enlarged to 12 megapixels. Pillow's pixels are those of exact, but that it converts no colour profiles. Differences in levels of 255, mean / largest; labels are vgg-mini's: the same best one, and the best five that stay.`,
    columns: [
      'photos',
      'to',
      'exact, ms',
      'fast, ms',
      'Pillow, ms',
      'exact ÷ Pillow',
      'fast ÷ exact',
      'exact − Pillow',
      'fast − exact',
      'labels of fast',
    ],
    rows: measured.map((one, place) => row(one, settings[place]!)),
    checks: [
      {
        what: 'Pillow’s CPU time ÷ ours, exact, photos at 256 → 224 (the goal is 1.05 times Pillow’s)',
        figure: medianAndQuartiles((usual?.rounds ?? []).map(({ exact, pillow }) => pillow / exact)).median,
        bar: 1 / 1.05,
      },
    ],
    data: measured,
  });
});

async function measure(setting: Setting, python: string): Promise<Measured> {
  const work = await mkdtemp(join(tmpdir(), 'lm-decode-'));
  try {
    const rounds: Round[] = [];
    for (let round = 0; round < pairs; round++) {
      const times: Partial<Round> = {};
      // Whoever comes first changes with every round.
      for (let turn = 0; turn < decoders.length; turn++) {
        const decoder = decoders[(round + turn) % decoders.length]!;
        const pixels = round === 0 ? join(work, decoder) : '-';
        times[decoder] = await run(decoder, setting, pixels, python);
      }
      rounds.push(times as Round);
      process.stderr.write(
        `${setting.name} to ${setting.crop}, round ${round + 1} of ${pairs}: ${JSON.stringify(times)}\n`,
      );
    }
    const [exact, fast, pillow] = await Promise.all(decoders.map((decoder) => readFile(join(work, decoder))));
    const { resize, crop } = bundle.manifest.preprocessing;
    const forMini = resize === setting.resize && crop === setting.crop;
    return {
      setting: `${setting.name} to ${setting.crop}`,
      rounds,
      exactToPillow: difference(exact!, pillow!),
      fastToExact: difference(fast!, exact!),
      fastLabels: forMini ? await agreement(bundle, exact!, fast!) : null,
    };
  } finally {
    await rm(work, { recursive: true });
  }
}

async function run(
  decoder: Decoder,
  { photos, resize, crop }: Setting,
  pixels: string,
  python: string,
): Promise<number> {
  const warmUp = Math.min(100, photos.length);
  const args = [String(resize), String(crop), String(warmUp), pixels];
  const input = photos.join('\n');
  const printed =
    decoder === 'pillow'
      ? await runProgram(python, [fileURLToPath(new URL('./pillow.py', import.meta.url)), ...args], { input })
      : await runScript(new URL('./ours.ts', import.meta.url), [decoder, ...args], { input });
  return JSON.parse(printed).cpuMs;
}

function row({ rounds, exactToPillow, fastToExact, fastLabels }: Measured, setting: Setting): string[] {
  const spread = (figure: (round: Round) => number) => shownSpread(medianAndQuartiles(rounds.map(figure)), 2);
  const levels = ({ mean, max }: Difference) => `${mean.toFixed(2)} / ${max}`;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    setting.name,
    `${setting.resize} → ${setting.crop}`,
    spread(({ exact }) => exact),
    spread(({ fast }) => fast),
    spread(({ pillow }) => pillow),
    spread(({ exact, pillow }) => exact / pillow),
    spread(({ exact, fast }) => fast / exact),
    levels(exactToPillow),
    levels(fastToExact),
    fastLabels === null ? '' : `${percent(fastLabels.top1)}, ${percent(fastLabels.top5)}`,
  ];
}
