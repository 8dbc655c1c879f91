/** Options that several commands have, each said once. */
import { decodeModeSchema, partFormatSchema } from '@labelmill/shared/schema/run';
import { providers } from '@labelmill/worker/engine/protocol';
import { type Command, Option } from 'commander';
import { duration } from './duration.ts';
import { emitList, port, positiveInteger, share } from './source-options.ts';

/** Where local runs go when nothing else is said. */
const defaultOut = 'labelmill-runs';

export const json = () => new Option('--json', 'print for programs');

export const redis = () =>
  new Option('--redis <url>', 'where Redis is (default: REDIS_URL, else this machine)');

export const model = () => new Option('--model <name>', 'bundle name or path').default('vgg-mini');

export const provider = () =>
  new Option('--provider <name>', 'where the network runs (default: LABELMILL_PROVIDER, else cpu)').choices(
    providers,
  );

const outFlags = '--out <folder>';
const outMeaning = 'folder or s3:// prefix that holds the runs';

export const out = () => new Option(outFlags, outMeaning).default(defaultOut);

/** Where workers elsewhere write too, nothing goes without saying. */
export const outForQueue = () => new Option(outFlags, outMeaning).makeOptionMandatory();

export const maxErrorRate = () =>
  new Option(
    '--max-error-rate <share>',
    'pause the run when a greater share of its images fails (default: never)',
  ).argParser(share);

export const against = () =>
  new Option('--against <run>', 'the run to carry labels from: id, path or s3:// prefix');

export const chunkSize = () =>
  new Option('--chunk-size <n>', 'images for each chunk').argParser(positiveInteger).default(256);

export const healthPort = () =>
  new Option('--health-port <n>', 'answer /livez, /readyz and /metrics there, on all addresses').argParser(
    port,
  );

export const finishIn = (meaning: string) => new Option('--finish-in <time>', meaning).argParser(duration);

/** What a run writes of each image, and of which images. */
export function withRunOptions(command: Command): Command {
  return command
    .addOption(new Option('--top-k <n>', 'labels for each image').argParser(positiveInteger).default(5))
    .addOption(
      new Option('--emit <what>', 'what to write of each image: labels, features, or both with a comma')
        .argParser(emitList)
        .default(['labels'], 'labels'),
    )
    .addOption(
      new Option('--decode <mode>', 'fast: large JPEGs cost less to decode, and their pixels differ a little')
        .choices(decodeModeSchema.options)
        .default('exact'),
    )
    .addOption(
      new Option(
        '--format <name>',
        'of the files of records: jsonl, or parquet, which other tools read as one table',
      )
        .choices(partFormatSchema.options)
        .default('jsonl'),
    )
    .addOption(maxErrorRate())
    .addOption(
      new Option(
        '--only <which>',
        'changed: carry the labels of images that have not changed since the newest complete run of this source',
      ).choices(['changed']),
    );
}
