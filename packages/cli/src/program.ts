import { createRequire } from 'node:module';
import { compactFormats } from '@labelmill/shared/compact/record-encoder';
import { exitStatus } from '@labelmill/shared/errors';
import { errorSelectorSchema } from '@labelmill/shared/run/retry';
import { Command, Option } from 'commander';
import type { CommandContext } from './commands/context.ts';
import { addModelCommands } from './commands/model.ts';
import { addScheduleCommands } from './commands/schedule.ts';
import {
  against,
  chunkSize,
  finishIn,
  healthPort,
  json,
  maxErrorRate,
  model,
  out,
  outForQueue,
  provider,
  redis,
  withRunOptions,
} from './commands/shared-options.ts';
import {
  port,
  portOrAny,
  positiveInteger,
  positiveIntegers,
  positiveNumber,
  share,
  withSourceOptions,
} from './commands/source-options.ts';
import { evaluationModes } from './evaluation/evaluation-modes.ts';

/**
 * The command line: every command, its arguments and its options. What a command does is loaded when it is called: all
 * of them together take longer to load than a small run takes.
 */
export function buildProgram(context: CommandContext): Command {
  const program = new Command('labelmill')
    .description('Labels images in bulk: on this machine, or over a queue with any number of workers.')
    .version(createRequire(import.meta.url)('../package.json').version)
    // Its own message is out already; main.ts gives it our exit status.
    .exitOverride();
  withRunOptions(
    withSourceOptions(
      program
        .command('label <source...>')
        .description('label a folder, s3:// prefix, manifest or image files on this machine'),
    )
      .addOption(model())
      .addOption(provider())
      .addOption(out()),
  )
    .addOption(against())
    .addOption(json())
    .action(async (names, options) => {
      const { label } = await import('./commands/label.ts');
      await label(names, options, context);
    });
  program
    .command('demo')
    .description('label the example photos with the network that comes along')
    .addOption(out())
    .addOption(json())
    .action(async (options) => (await import('./commands/demo.ts')).demo(options, context));
  withRunOptions(
    withSourceOptions(
      program.command('enqueue <source...>').description('list a source and put its chunks on the queue'),
    )
      .addOption(model())
      .addOption(outForQueue()),
  )
    .addOption(against())
    .addOption(chunkSize())
    .addOption(
      finishIn('when it should be done, such as 2h or 90m: autoscaled workers become as many as that takes'),
    )
    .option('--wait', 'stay until the last label is written')
    .addOption(
      new Option('--metrics-port <n>', 'answer /metrics there while it runs, on all addresses').argParser(
        port,
      ),
    )
    .addOption(redis())
    .addOption(json())
    .action(async (names, options) =>
      (await import('./commands/enqueue.ts')).enqueue(names, options, context),
    );
  addScheduleCommands(
    program,
    context,
    (command) =>
      withRunOptions(withSourceOptions(command).addOption(model()).addOption(outForQueue())).addOption(
        chunkSize(),
      ),
    redis,
  );
  program
    .command('producer')
    .description('carry out schedules until stopped; any number of these share them')
    .addOption(healthPort())
    .addOption(redis())
    .action(async (options) => (await import('./commands/producer.ts')).producer(options, context));
  program
    .command('worker')
    .description("label chunks from a bundle's queue until stopped")
    .addOption(model())
    .addOption(provider())
    .addOption(healthPort())
    .option('--features', 'serve runs that ask for features with --provider cuda too; cpu always does')
    .addOption(redis())
    .action(async (options) => (await import('./commands/worker.ts')).worker(options, context));
  program
    .command('plan')
    .description('how many workers end a run in time, what they cost, and what to write into the manifests')
    .addOption(new Option('--images <n>', 'to label').argParser(positiveInteger).makeOptionMandatory())
    .addOption(finishIn('such as 2h or 90m').makeOptionMandatory())
    .addOption(new Option('--rate <n>', 'images/s of one worker').argParser(positiveNumber))
    .option('--run <run>', 'a run to read that from')
    .addOption(model())
    .addOption(redis())
    .addOption(json())
    .action(async (options) => (await import('./commands/plan.ts')).plan(options, context));
  program
    .command('status [run]')
    .description('how far runs are')
    .option('--watch', 'draw the run, or the newest one under way, until it ends')
    .addOption(redis())
    .addOption(json())
    .action(async (run, options) => (await import('./commands/status.ts')).status(run, options, context));
  program
    .command('wait <run>')
    .description('wait for a run; the exit status says how it ended')
    .addOption(redis())
    .addOption(json())
    .action(async (run, options) => (await import('./commands/wait.ts')).wait(run, options, context));
  program
    .command('verify <run>')
    .description('recount a run from its folder: id, path or s3:// prefix')
    .addOption(out())
    .addOption(json())
    .action(async (run, options) => (await import('./commands/verify.ts')).verify(run, options, context));
  program
    .command('report <run>')
    .description('write one HTML file of what a run found, with its most and least certain images')
    .addOption(out())
    .option(
      '--truth <where>',
      'where the classes are named, for accuracy and calibration: folder, name, or a .csv or .txt file, as in eval',
    )
    .option('--synsets <file>', "the ImageNet devkit's map_clsloc.txt, for its ground truth file")
    .addOption(json())
    .action(async (run, options) => (await import('./commands/report.ts')).report(run, options, context));
  program
    .command('compact <run>')
    .description('turn the parts of a complete run into few large files: Parquet, JSON lines or CSV')
    .addOption(new Option('--format <name>', 'of the files').choices(compactFormats).default('parquet'))
    .addOption(out())
    .addOption(json())
    .action(async (run, options) => (await import('./commands/compact.ts')).compact(run, options, context));
  program
    .command('query <run> <sql>')
    .description('ask DuckDB about the records of a run: the table "records"')
    .addOption(out())
    .addOption(json())
    .action(async (run, sql, options) =>
      (await import('./commands/query.ts')).query(run, sql, options, context),
    );
  program
    .command('diff <run> <other>')
    .description('what a second run says otherwise: labels, classes, low scores')
    .addOption(out())
    .addOption(
      new Option('--confidence <score>', 'best scores below this are low').argParser(share).default(0.5),
    )
    .addOption(json())
    .action(async (run, other, options) =>
      (await import('./commands/diff.ts')).diff(run, other, options, context),
    );
  program
    .command('resume <run>')
    .description('go on with a run from its folder: id, path or s3:// prefix')
    .addOption(out())
    .addOption(maxErrorRate())
    .option('--wait', 'stay until the last label is written')
    .addOption(redis())
    .addOption(json())
    .action(async (run, options) => (await import('./commands/resume.ts')).resume(run, options, context));
  program
    .command('retry <run>')
    .description("label the images of a complete run's error records again")
    .addOption(
      new Option('--errors <which>', 'retryable, all, or one code')
        .choices(errorSelectorSchema.options)
        .default('retryable'),
    )
    .addOption(out())
    .option('--wait', 'stay until the last label is written')
    .addOption(redis())
    .addOption(json())
    .action(async (run, options) => (await import('./commands/retry.ts')).retry(run, options, context));
  program
    .command('cancel <run>')
    .description('stop a run; resume takes it up again')
    .addOption(redis())
    .addOption(json())
    .action(async (run, options) => (await import('./commands/cancel.ts')).cancel(run, options, context));
  program
    .command('serve')
    .description('show the runs of an output folder as a web page')
    .addOption(out())
    .addOption(new Option('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(
      new Option('--port <n>', 'port to listen on; 0: any that is free').argParser(portOrAny).default(7700),
    )
    .addOption(new Option('--redis <url>', 'for what is live (default: REDIS_URL, else the folder alone)'))
    .action(async (options) => (await import('./commands/serve.ts')).serve(options, context));
  withSourceOptions(
    program.command('eval <source...>').description('how often a model is right on images of known classes'),
  )
    .addOption(model())
    .option('--compare <name>', 'a second bundle on the same images')
    .option(
      '--truth <where>',
      'where the classes are named: folder, name (n01440764_…), or a .csv or .txt file',
      'folder',
    )
    .addOption(
      new Option('--mode <how>', 'views of each image whose scores are averaged; center is what label does')
        .choices(evaluationModes)
        .default('center'),
    )
    .option(
      '--scales <pixels>',
      "shorter sides to rescale to, such as 256,384,512 (default: the mode's own)",
      positiveIntegers,
    )
    .option('--synsets <file>', "the ImageNet devkit's map_clsloc.txt, for its ground truth file")
    .addOption(provider())
    .addOption(json())
    .action(async (names, options) => (await import('./commands/eval.ts')).evaluate(names, options, context));
  addModelCommands(program, context);

  program.addHelpText(
    'after',
    `\nExit status: ${exitStatus.complete} complete · ${exitStatus.completeWithErrors} complete, some images have error records · ${exitStatus.incomplete} incomplete · ${exitStatus.usage} wrong use or unreachable parts · ${exitStatus.interrupted} interrupted`,
  );
  return program;
}
