import { UsageError } from '@labelmill/shared/errors';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Progress } from '../terminal/progress.ts';
import { channels } from './channels.ts';
import type { CommandContext } from './context.ts';
import { positiveInteger, withSourceOptions } from './source-options.ts';

/** `labelmill model …`: what there is to label with. */
export function addModelCommands(program: Command, context: CommandContext): void {
  const model = program.command('model').description('make, look at and list models');
  const json = () => new Option('--json', 'print for programs');
  model
    .command('init <name>')
    .description('make a bundle with untrained weights, to try things out and measure speed')
    .addOption(new Option('--seed <n>', 'of the random weights').argParser(wholeNumber).default(1))
    .addOption(json())
    .action((name, options) => init(name, options, context));
  model
    .command('inspect <name>')
    .description("a network's layers and costs, and a bundle's provenance")
    .addOption(json())
    .action((name, options) => inspect(name, options, context));
  model
    .command('pull <name>')
    .description('fetch published weights; checked, resumed where it was cut')
    .option('--from <place>', 'a mirror (https://), a bucket (s3://) or a folder that holds the files')
    .addOption(json())
    .action(async (name, options) => (await import('./model-pull.ts')).pull(name, options, context));
  model
    .command('add <file>')
    .description('adopt an ONNX image classifier, checked against the original')
    .requiredOption('--name <name>', 'what to call it')
    .option('--size <n>', "the network's input side", positiveInteger)
    .option('--resize <n>', 'shorter side before the central crop', positiveInteger)
    .option('--mean <r,g,b>', 'subtracted after scaling', channels)
    .option('--std <r,g,b>', 'divided by after that', channels)
    .option('--scale <number>', 'pixel values are multiplied by it first', Number)
    .addOption(new Option('--channels <order>', 'channel order of the network').choices(['rgb', 'bgr']))
    .option('--labels <file>', "class names in index order (default: ImageNet's)")
    .addOption(
      new Option('--activation <kind>', 'what turns outputs into scores').choices([
        'softmax',
        'sigmoid',
        'none',
      ]),
    )
    .option('--output <name>', 'the output that holds the class scores')
    .option('--licence <text>', 'of the weights')
    .addOption(json())
    .action(async (file, options) => (await import('./model-add.ts')).add(file, options, context));
  withSourceOptions(
    model
      .command('quantize <name>')
      .description(
        'make an int8 bundle for CPUs, calibrated on your images and compared with fp32 on others',
      ),
  )
    .requiredOption(
      '--images <source>',
      'folder, s3:// prefix or manifest; 400 images spread over it are used',
    )
    .addOption(json())
    .action(async (name, options) => (await import('./model-quantize.ts')).quantize(name, options, context));
  model
    .command('convert <name>')
    .description('make a bundle of another precision from an fp32 one')
    .addOption(new Option('--precision <name>', 'fp16, for GPUs').choices(['fp16']).makeOptionMandatory())
    .addOption(json())
    .action(async (name, options) => (await import('./model-convert.ts')).convert(name, options, context));
  model
    .command('list')
    .description('the bundles that are here')
    .addOption(json())
    .action((options) => list(options, context));
}

async function init(
  name: string,
  options: { seed: number; json?: boolean },
  context: CommandContext,
): Promise<void> {
  const { initBundle } = await import('@labelmill/models/init-bundle');
  const { settings, console, stop } = context;
  let state = { done: 0, total: 0 };
  using progress = new Progress(console, () => ({
    ...state,
    errors: 0,
    totalIsFinal: true,
    unit: 'numbers',
  }));
  const bundle = await initBundle({
    model: name,
    seed: options.seed,
    folder: settings.userModels,
    onProgress: ({ done, total }) => {
      state = { done, total };
    },
    signal: stop,
  });
  progress[Symbol.dispose]();
  const { digest, folder } = bundle;
  if (options.json) console.out(JSON.stringify({ name: bundle.name, digest, folder, trained: false }));
  else console.out(`${bundle.name} is ready in ${folder}: UNTRAINED, its labels mean nothing`);
}

async function inspect(
  name: string,
  options: { json?: boolean },
  { settings, console }: CommandContext,
): Promise<void> {
  const { inspectModel } = await import('@labelmill/models/inspect-model');
  const { inspectionLines } = await import('@labelmill/models/inspection-lines');
  const inspection = await inspectModel(name, settings.modelFolders);
  if (options.json) console.out(JSON.stringify(inspection));
  else for (const line of inspectionLines(inspection)) console.out(line);
}

async function list(options: { json?: boolean }, { settings, console }: CommandContext): Promise<void> {
  const { listModels, modelListLines } = await import('@labelmill/models/list-models');
  const models = await listModels(settings.modelFolders);
  if (options.json) console.out(JSON.stringify(models));
  else for (const line of modelListLines(models)) console.out(line);
  const broken = models.broken[0];
  if (broken !== undefined) throw new UsageError('bad_bundle', broken.reason);
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('a whole number from 0 is needed.');
  return number;
}
