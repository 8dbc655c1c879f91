/** docs/scale.md as text. */
import type { Constants } from './constants.ts';
import { ceilings, coresFor, type Scale, scaleOf } from './model.ts';

const sizes = [1e6, 1e8, 1e9];

export function scalePage(constants: Constants): string {
  const scales = sizes.map((images) => scaleOf(images, constants));
  const { gpuWorker, cpuWorker, enqueue, queue, photo, imagesPerChunk, mostChunks } = constants;
  const limits = ceilings(constants);
  const redis = limits.find(({ what }) => what === 'one Redis')!.imagesPerSecond;
  const line = (what: string, formula: string, figure: (scale: Scale) => string) => [
    what,
    ...scales.map(figure),
    formula,
  ];
  const rows = [
    line('chunks', `images ÷ ${imagesPerChunk}`, (scale) => count(scale.chunks)),
    line('segments', 'min(2ⁿ, 16,384 images’ worth) chunks in segment n', (scale) => count(scale.segments)),
    line(
      'Redis, MB',
      `min(images, ${count(mostChunks * imagesPerChunk)} outstanding) × ${figure(enqueue.redisBytesPerImage)} bytes + chunks ÷ 8`,
      (scale) => figure(scale.redisBytes / 2 ** 20),
    ),
    line(
      'Redis, commands',
      `chunks × (${figure(enqueue.redisCommandsPerChunk)} to enqueue + ${figure(queue.redisCommandsPerChunk)} to label)`,
      (scale) => count(scale.redisCommands),
    ),
    line(
      'Redis, hours of its core',
      `chunks × (${figure(enqueue.redisMicrosecondsPerChunk)} + ${figure(queue.redisMicrosecondsPerChunk)}) µs`,
      (scale) => figure(scale.redisCpuHours),
    ),
    line('S3, LIST', 'images ÷ 1,000; none for a manifest', (scale) => count(scale.listRequests)),
    line('S3, GET', 'one for each image', (scale) => count(scale.getRequests)),
    line('S3, PUT', 'parts + segments + 4', (scale) => count(scale.putRequests)),
    line(
      'hours to enqueue',
      `images ÷ ${count(enqueue.imagesPerSecond)}/s, from a manifest; a listing is as fast as S3 lists`,
      (scale) => figure(scale.enqueueHours),
    ),
    line(
      `hours of one worker of ${cpuWorker.machine.cores} cores, VGG-16 int8`,
      `images ÷ ${figure(cpuWorker.imagesPerSecond)}/s`,
      (scale) => figure(scale.cpuWorkerHours),
    ),
    line('such workers for a day', 'those hours ÷ 24', (scale) =>
      count(Math.ceil(scale.cpuWorkerHours / 24)),
    ),
  ];
  if (gpuWorker !== null) {
    rows.push(
      line('hours of one GPU, VGG-16', `images ÷ ${figure(gpuWorker.imagesPerSecond)}/s`, (scale) =>
        figure(scale.gpuWorkerHours ?? 0),
      ),
      line('GPUs for a day', 'those hours ÷ 24', (scale) =>
        count(Math.ceil((scale.gpuWorkerHours ?? 0) / 24)),
      ),
    );
  }
  const gpu =
    gpuWorker === null
      ? 'No GPU was measured: `bench/gpu` does that.'
      : `One GPU that runs ${figure(gpuWorker.imagesPerSecond)} images/s takes ${figure(coresFor(gpuWorker.imagesPerSecond, constants))} cores beside it: images/s × (${figure(photo.getMilliseconds)} ms to fetch + ${figure(photo.decodeMilliseconds)} ms to decode + ${figure(queue.supervisorMicrosecondsPerImage)} µs to account for an image). ${count(Math.floor(redis / gpuWorker.imagesPerSecond))} such GPUs fill one Redis.`;
  return `${[
    '# Scale',
    'Written by `bench/scale/main.ts` from `bench/scale/constants.json`; nothing here is typed by hand. Each constant was measured by a bench on one machine; the rest is the arithmetic that stands beside it.',
    markdownTable(['', ...sizes.map((images) => `${count(images)} images`), 'how it is computed'], rows),
    '## Cores beside a GPU',
    gpu,
    '## What is full first',
    'As workers are added, from the first to the last:',
    markdownTable(
      ['what', 'full at, images/s', 'then'],
      limits.map(({ what, imagesPerSecond, remedy }) => [what, count(imagesPerSecond), remedy]),
    ),
    'S3: 5,500 GET a second and prefix is what Amazon documents; everything else is measured. A producer takes ' +
      `${figure(enqueue.producerBytes / 2 ** 20)} MB whatever it lists.`,
    'A queue lies in one Redis: its keys carry no hash tag, so a Redis Cluster refuses its scripts; nor would one be faster, for all keys of a queue would lie on one node of it. More queues come in where one Redis is full: each bundle has its own, and each may lie in a Redis of its own.',
    '## Measured on',
    markdownTable(
      ['constants', 'machine'],
      [
        ['enqueueing', machineLine(enqueue.machine)],
        ['queue and ledger', machineLine(queue.machine)],
        ['fetching and decoding', machineLine(photo.machine)],
        ['VGG-16 int8', machineLine(cpuWorker.machine)],
        ...(gpuWorker === null ? [] : [['GPU', machineLine(gpuWorker.machine)]]),
      ],
    ),
  ].join('\n\n')}\n`;
}

function machineLine({ cpu, cores, node }: Constants['enqueue']['machine']): string {
  return `${cores} × ${cpu}, Node ${node}`;
}

function count(number: number): string {
  return Math.round(number).toLocaleString('en');
}

/** Three significant digits. */
function figure(number: number): string {
  return number >= 1000 ? count(number) : String(Number(number.toPrecision(3)));
}

function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
