import type { ManifestFormat } from '@labelmill/producer/source/manifest-lines';
import { type Emit, emitSchema } from '@labelmill/shared/schema/run';
import { type Command, InvalidArgumentError, Option } from 'commander';

export interface SourceOptions {
  readonly include: string[];
  readonly exclude: string[];
  readonly limit?: number;
  readonly dedupe?: boolean;
  readonly shards?: boolean;
  readonly manifestFormat?: ManifestFormat;
}

/** The options of every command that takes a source. */
export function withSourceOptions(command: Command): Command {
  const collect = (value: string, earlier: string[]) => [...earlier, value];
  return command
    .option('--include <glob>', 'only paths that match (repeatable); default: image files', collect, [])
    .option('--exclude <glob>', 'no paths that match (repeatable)', collect, [])
    .option('--limit <n>', 'at most this many images', positiveInteger)
    .option('--dedupe', 'one record for each URI, however often a manifest names it')
    .option(
      '--shards',
      'the folder or prefix holds tar files, and those the images (one .tar needs no option)',
    )
    .addOption(
      new Option('--manifest-format <format>', 'the format of a manifest whose name does not say it').choices(
        ['txt', 'csv', 'jsonl'],
      ),
    );
}

export function positiveInteger(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('a whole number from 1 is needed.');
  return number;
}

export function positiveNumber(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !(number > 0 && number < Infinity))
    throw new InvalidArgumentError('a number above 0 is needed.');
  return number;
}

export function port(value: string): number {
  const number = positiveInteger(value);
  if (number > 65_535) throw new InvalidArgumentError('a port is at most 65535.');
  return number;
}

/** As `port`, or 0 for the system to choose. */
export function portOrAny(value: string): number {
  return value === '0' ? 0 : port(value);
}

/** A share: 0.05 for five in a hundred. */
export function share(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !(number >= 0 && number <= 1))
    throw new InvalidArgumentError('a number from 0 to 1 is needed.');
  return number;
}

/** `labels`, `features`, or both with a comma; in this order, whatever the user's. */
export function emitList(value: string): Emit[] {
  const names = value.split(',').map((name) => name.trim());
  if (names.some((name) => !emitSchema.safeParse(name).success)) {
    throw new InvalidArgumentError('labels, features or labels,features is needed.');
  }
  return emitSchema.options.filter((name) => names.includes(name));
}

/** `256,384,512` */
export function positiveIntegers(value: string): number[] {
  return value.split(',').map(positiveInteger);
}
