/**
 * From the command to its first records: `./labelmill label` of the example photos, with vgg-mini and with VGG-16, warm
 * and (as root) with an empty page cache, beside a bare script that does the least, in turn.
 *
 *   node --conditions=source bench/start-up/main.ts [ROUNDS [COLD-ROUNDS]]        default: 7 3
 *
 * Writes bench/out/start-up.json.
 */
import { fileURLToPath } from 'node:url';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { benchBundle } from '../bundles.ts';
import { medianAndQuartiles, type Spread } from '../median.ts';
import { photoFiles } from '../photo-files.ts';
import { shownSpread, writeReport } from '../report.ts';
import { bareStartUp, startUp } from './first-record.ts';
import { dropPageCache } from './page-cache.ts';

interface Measured {
  readonly bundle: string;
  readonly cache: 'warm' | 'cold';
  readonly firstRecord: Spread;
  readonly end: Spread;
  readonly bare: Spread;
  readonly ratio: Spread;
}

const [rounds = 7, coldRounds = 3] = process.argv.slice(2).map(Number);
const photos = await photoFiles(fileURLToPath(new URL('../../examples/photos', import.meta.url)));
const mayDrop = coldRounds > 0 && dropPageCache();
const measured: Measured[] = [];
for (const name of ['vgg-mini-fp32', 'vgg16-fp32'] as const) {
  const bundle = await benchBundle(name, photos);
  await startUp(bundle, photos);
  measured.push(await measure(bundle, 'warm', rounds));
  if (mayDrop) measured.push(await measure(bundle, 'cold', coldRounds));
}
await writeReport('start-up', {
  title: 'Start-up: from the command to the first records',
  command: ['node --conditions=source bench/start-up/main.ts', ...process.argv.slice(2)].join(' '),
  about:
    `\`./labelmill label\` of the ${photos.length} example photos, median (quartiles) of ${rounds} rounds, in seconds. ` +
    `The bare script loads the model, decodes the photos, runs them in one batch and writes a file. ${
      mayDrop
        ? `Cold: with an empty page cache, ${coldRounds} rounds.`
        : 'Cold was not measured: only root may empty the page cache.'
    }`,
  columns: ['', 'first records', 'end', 'bare script', 'first records over bare'],
  rows: measured.map(({ bundle, cache, firstRecord, end, bare, ratio }) => [
    `${bundle}, ${cache}`,
    ...[firstRecord, end, bare, ratio].map((spread) => shownSpread(spread, 2)),
  ]),
  checks: [],
  data: { rounds, coldRounds, measured },
});

async function measure(bundle: Bundle, cache: 'warm' | 'cold', count: number): Promise<Measured> {
  const rows: { firstRecord: number; end: number; bare: number }[] = [];
  for (let round = 1; round <= count; round++) {
    process.stderr.write(`${bundle.name}, ${cache}: round ${round} of ${count}\n`);
    if (cache === 'cold') dropPageCache();
    const { firstRecordSeconds, endSeconds } = await startUp(bundle, photos);
    if (cache === 'cold') dropPageCache();
    const bare = await bareStartUp(bundle, photos);
    rows.push({ firstRecord: firstRecordSeconds, end: endSeconds, bare });
  }
  const spread = (figure: (row: (typeof rows)[number]) => number) => medianAndQuartiles(rows.map(figure));
  return {
    bundle: bundle.name,
    cache,
    firstRecord: spread((row) => row.firstRecord),
    end: spread((row) => row.end),
    bare: spread((row) => row.bare),
    ratio: spread((row) => row.firstRecord / row.bare),
  };
}
