/**
 * CPU time of this process for a GET of a photo from S3: by the AWS SDK as labelmill used it before, beside labelmill's own
 * GETs, and of the signature alone beside the SDK's signer. In turn, from a Ceph on this machine.
 *
 *   node --conditions=source bench/s3-get/main.ts PHOTOS [--images 300] [--pairs 9] [--at-once 8]
 */
import { parseArgs } from 'node:util';
import pMap from 'p-map';
import { medianAndQuartiles } from '../median.ts';
import { enoughPhotos } from '../photo-files.ts';
import { shownSpread, writeReport } from '../report.ts';
import { runBench } from '../run-bench.ts';
import { S3Server } from '../s3-server.ts';
import { openGets } from './gets.ts';
import { signatures } from './signatures.ts';

const { values, positionals } = parseArgs({
  options: {
    images: { type: 'string', default: '300' },
    pairs: { type: 'string', default: '9' },
    'at-once': { type: 'string', default: '8' },
  },
  allowPositionals: true,
});
const pairs = Number(values.pairs);
const concurrency = Number(values['at-once']);

interface Pair {
  /** Milliseconds of CPU for each, of user and system time together. */
  readonly sdk: number;
  readonly own: number;
}

await runBench(async () => {
  const photos = await enoughPhotos(positionals[0] ?? '', Number(values.images));
  const server = await S3Server.start();
  const uris = await server.put(photos);
  await using gets = openGets(server.ceph.config, concurrency);

  const getAll = (get: (uri: string) => Promise<number>) => async () => {
    const lengths = await pMap(uris, get, { concurrency });
    return lengths.reduce((sum, length) => sum + length, 0);
  };
  const reads: Pair[] = [];
  const signed: Pair[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const turn = pair % 2 === 0;
    const read = await inTurn(turn, uris.length, getAll(gets.sdk), getAll(gets.own));
    const sign = await inTurn(turn, signatures.count, signatures.sdk, signatures.own);
    if (pair === 0) continue; // only warms up
    reads.push(read);
    signed.push(sign);
    process.stderr.write(`${pair}/${pairs}: ${read.sdk.toFixed(3)} beside ${read.own.toFixed(3)} ms a GET\n`);
  }

  const row = (what: string, measured: readonly Pair[]) => [
    what,
    shownSpread(medianAndQuartiles(measured.map(({ sdk }) => sdk)), 3),
    shownSpread(medianAndQuartiles(measured.map(({ own }) => own)), 3),
    shownSpread(medianAndQuartiles(measured.map(({ sdk, own }) => sdk / own)), 2),
  ];
  await writeReport('s3-get', {
    title: 'A GET from S3',
    command: `node --conditions=source bench/s3-get/main.ts PHOTOS --images ${values.images} --pairs ${pairs}`,
    about: `CPU time of our process, user and system, in milliseconds; ${photos.length} photos from a Ceph on the same machine, ${concurrency} at once, ${pairs} pairs in turn, median (quartiles).`,
    columns: ['', 'AWS SDK', 'labelmill', 'times less'],
    rows: [row('GET of a photo', reads), row('of that, the signature', signed)],
    checks: [],
    data: { reads, signed },
  });
});

/** CPU milliseconds of one of `count` for both ways; which goes first takes turns. */
async function inTurn(
  sdkFirst: boolean,
  count: number,
  sdk: () => Promise<unknown>,
  own: () => Promise<unknown>,
): Promise<Pair> {
  const cpuOf = async (work: () => Promise<unknown>) => {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / count;
  };
  if (sdkFirst) return { sdk: await cpuOf(sdk), own: await cpuOf(own) };
  const first = await cpuOf(own);
  return { sdk: await cpuOf(sdk), own: first };
}
