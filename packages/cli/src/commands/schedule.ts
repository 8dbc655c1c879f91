/** `labelmill schedule`: what is labelled again and again. `labelmill producer` carries it out. */
import type { Schedule } from '@labelmill/producer/schedule/schedule';
import type { Schedules } from '@labelmill/producer/schedule/schedules';
import { UsageError } from '@labelmill/shared/errors';
import type { DecodeMode, Emit, PartFormat } from '@labelmill/shared/schema/run';
import { type Command, Option } from 'commander';
import { table } from '../terminal/format.ts';
import type { CommandContext } from './context.ts';
import { redisUrl } from './redis-option.ts';
import type { SourceOptions } from './source-options.ts';

interface AddOptions extends SourceOptions {
  readonly cron: string;
  readonly tz: string;
  readonly source: string;
  readonly model: string;
  readonly out: string;
  readonly topK: number;
  readonly decode: DecodeMode;
  readonly emit: Emit[];
  readonly format: PartFormat;
  readonly chunkSize: number;
  readonly maxErrorRate?: number;
  readonly only?: 'changed';
  readonly overlap: Schedule['overlap'];
  readonly missed: Schedule['missed'];
  readonly redis?: string;
}

interface ScheduleOptions {
  readonly redis?: string;
  readonly json?: boolean;
}

/** @param withRunOptions adds the options of a run, which are those of `enqueue` */
export function addScheduleCommands(
  program: Command,
  context: CommandContext,
  withRunOptions: (command: Command) => Command,
  redis: () => Option,
): void {
  const { console } = context;
  const schedule = program.command('schedule').description('label a source again and again');
  withRunOptions(
    schedule.command('add <name>').description('add a schedule, or replace the one of this name'),
  )
    .requiredOption('--source <source>', 'folder, s3:// prefix or manifest')
    .requiredOption('--cron <pattern>', 'minute hour day month weekday; seconds may come first')
    .option('--tz <zone>', 'time zone of the pattern', 'UTC')
    .addOption(
      new Option('--overlap <policy>', 'when its run before has not ended')
        .choices(['skip', 'allow'])
        .default('skip'),
    )
    .addOption(
      new Option(
        '--missed <policy>',
        'when it was due and no "labelmill producer" was there: run it once, or not',
      )
        .choices(['run', 'skip'])
        .default('run'),
    )
    .addOption(redis())
    .action((name: string, options: AddOptions) => add(name, options, context));
  schedule
    .command('list')
    .description('all schedules')
    .addOption(redis())
    .option('--json', 'print for programs')
    .action((options: ScheduleOptions) => list(options, context));
  const one = (
    verb: string,
    description: string,
    done: string,
    act: (schedules: Schedules, name: string) => Promise<void>,
  ) =>
    schedule
      .command(`${verb} <name>`)
      .description(description)
      .addOption(redis())
      .action(async (name: string, options: ScheduleOptions) => {
        await withSchedules(options, context, (schedules) => act(schedules, name));
        console.out(`${name} ${done}`);
      });
  one('pause', 'begin no more runs', 'is paused', (schedules, name) => schedules.pause(name, true));
  one('resume', 'begin runs again', 'goes on', (schedules, name) => schedules.pause(name, false));
  one('run', 'begin its run now', 'is due now', (schedules, name) => schedules.runNow(name));
  one('remove', 'forget it; its runs stay', 'is removed', (schedules, name) => schedules.remove(name));
}

async function add(name: string, options: AddOptions, context: CommandContext): Promise<void> {
  const { openOperatorStores } = await import('@labelmill/shared/store/stores');
  const { bundleForQueue } = await import('../local/choose-bundle.ts');
  const { openRequest } = await import('./open-request.ts');
  await using stores = openOperatorStores(context.settings.stores);
  if (options.source === '-') {
    const message =
      'a schedule reads its source each time it is due: name a folder, prefix or manifest, not "-"';
    throw new UsageError('bad_source', message);
  }
  const asked = await openRequest([options.source], options, stores, context, bundleForQueue);
  const { cron, tz, model, topK, emit, decode, chunkSize, maxErrorRate, only, overlap, missed } = options;
  const { format: partFormat } = options;
  await withSchedules(options, context, async (schedules) => {
    await schedules.add({
      ...{ name, cron, timeZone: tz, paused: false, source: asked.source.spec, model, output: asked.output },
      ...{ topK, emit, decode, partFormat, chunkSize, overlap, missed },
      ...(maxErrorRate === undefined ? {} : { maxErrorRate }),
      ...(only === undefined ? {} : { only }),
    });
    const next = (await schedules.list()).find(({ schedule }) => schedule.name === name)?.next;
    context.console.out(
      `${name}: next ${next?.toISOString() ?? 'never'}; "labelmill producer" carries it out`,
    );
  });
}

async function list(options: ScheduleOptions, context: CommandContext): Promise<void> {
  const { console } = context;
  const found = await withSchedules(options, context, (schedules) => schedules.list());
  if (options.json) {
    console.out(JSON.stringify(found.map(({ schedule, ...rest }) => ({ ...schedule, ...rest }))));
    return;
  }
  if (found.length === 0) {
    console.out('no schedules');
    return;
  }
  const rows = found.map(({ schedule, next, lastRun }) => [
    schedule.name,
    schedule.cron,
    schedule.timeZone,
    next?.toISOString() ?? 'paused',
    lastRun ?? '',
    schedule.source.uri,
  ]);
  for (const line of table([['schedule', 'cron', 'zone', 'next', 'last run', 'source'], ...rows]))
    console.out(line);
}

async function withSchedules<T>(
  options: ScheduleOptions,
  { settings }: CommandContext,
  act: (schedules: Schedules) => Promise<T>,
): Promise<T> {
  const { Schedules } = await import('@labelmill/producer/schedule/schedules');
  const { connectRedis } = await import('@labelmill/shared/redis/connection');
  const url = redisUrl(options, settings);
  const redis = await connectRedis(url);
  try {
    await using schedules = new Schedules(redis, url);
    return await act(schedules);
  } finally {
    redis.disconnect();
  }
}
