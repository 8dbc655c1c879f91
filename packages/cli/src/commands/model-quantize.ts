import { resolveBundle } from '@labelmill/models/find-bundle';
import { weightLimitFor } from '@labelmill/models/quantize/cpu-features';
import { quantizationLines } from '@labelmill/models/quantize/quantization-lines';
import { quantizeBundle } from '@labelmill/models/quantize/quantize-bundle';
import { checkSource } from '@labelmill/producer/create-run';
import type { Source } from '@labelmill/producer/source/source';
import type { ImageError } from '@labelmill/shared/errors';
import { openOperatorStores, openStores } from '@labelmill/shared/store/stores';
import { cpuInfo } from '../local/cpu-info.ts';
import { fileRootsFor } from '../local/file-roots.ts';
import { spread } from '../local/spread.ts';
import { asTyped } from '../terminal/as-typed.ts';
import { StepProgress } from '../terminal/step-progress.ts';
import type { CommandContext } from './context.ts';
import { openNamedSource } from './open-request.ts';
import type { SourceOptions } from './source-options.ts';

export interface QuantizeCommandOptions extends SourceOptions {
  readonly images: string;
  readonly json?: boolean;
}

/** Images that are used where `--limit` does not say it: 300 to calibrate, 100 to compare. */
const defaultImages = 400;
/** Every fourth is for comparing. */
const compareEvery = 4;

const steps = {
  list: { title: 'listing the images', unit: 'images' },
  calibrate: { title: 'calibrating: float32 over the images', unit: 'images' },
  weights: { title: 'writing weights of 8 bits', unit: 'channels' },
  choose: { title: 'choosing where activations are cut', unit: 'images' },
  compare: { title: 'comparing int8 with float32 on other images', unit: 'images' },
} as const;

/** `labelmill model quantize NAME --images SOURCE`: an int8 bundle for CPUs, calibrated on the user's own images. */
export async function quantize(
  name: string,
  options: QuantizeCommandOptions,
  context: CommandContext,
): Promise<void> {
  const { settings, console, stop } = context;
  const bundle = await resolveBundle(name, settings.modelFolders);
  await using stores = openOperatorStores(settings.stores);
  const { limit = defaultImages, ...patterns } = options;
  const source = await openNamedSource([options.images], patterns, stores, context);
  await checkSource(source, stop);
  const fileRoots = fileRootsFor(source.spec, settings.stores.fileRoots);
  await using imageStores = openStores({ ...settings.stores, fileRoots });
  // Native code: loaded only by the commands that run graphs or decode in this process.
  const { openGraph } = await import('@labelmill/models/adopt/onnxruntime-graph');
  const { decodedImages } = await import('../local/decoded-images.ts');

  using progress = new StepProgress(console);
  const skipped: { uri: string; code: string; message: string }[] = [];
  const reading = {
    stores: imageStores,
    preprocessing: bundle.manifest.preprocessing,
    limits: settings.limits,
    onSkipped: (uri: string, { code, message }: ImageError) => skipped.push({ uri, code, message }),
  };
  let splitting: Promise<Split> | undefined;
  const totals = { calibrate: 0, compare: 0 };
  // Begins with the first image that is asked for: by then the bundle has been checked.
  async function* imagesFor(use: keyof Split): AsyncGenerator<Uint8Array> {
    splitting ??= split(source, limit, (listed) => progress.show(steps.list, listed, null), stop);
    const uris = (await splitting)[use];
    totals[use] = uris.length;
    yield* decodedImages(uris, reading, stop);
  }
  try {
    const { bundle: made, report } = await quantizeBundle({
      bundle,
      images: imagesFor('calibrate'),
      holdOut: imagesFor('compare'),
      folder: settings.userModels,
      weightLimit: weightLimitFor(await cpuInfo()),
      openGraph,
      onProgress: ({ step, done, total }) =>
        progress.show(steps[step], done, step === 'calibrate' || step === 'compare' ? totals[step] : total),
      signal: stop,
    });
    progress[Symbol.dispose]();
    const { digest, folder } = made;
    if (options.json) console.out(JSON.stringify({ name: made.name, digest, folder, report, skipped }));
    else
      for (const line of [`${made.name} is ready in ${folder}`, ...quantizationLines(report)])
        console.out(line);
  } finally {
    progress[Symbol.dispose]();
    for (const { uri, code, message } of skipped)
      console.note(`skipped ${asTyped(uri)}: ${message} [${code}]`);
    if (skipped.length > 0) console.note(`skipped ${skipped.length} of the images`);
  }
}

interface Split {
  readonly calibrate: readonly string[];
  readonly compare: readonly string[];
}

/** The URIs that are used, no URI twice. */
async function split(
  source: Source,
  count: number,
  onListed: (listed: number) => void,
  signal: AbortSignal,
): Promise<Split> {
  async function* listed(): AsyncGenerator<string> {
    let count = 0;
    for await (const { uri } of source.images(null, signal)) {
      yield uri;
      onListed(++count);
    }
  }
  const uris = [...new Set(await spread(listed(), count))];
  const compares = (place: number) => place % compareEvery === compareEvery - 1;
  return {
    calibrate: uris.filter((_, place) => !compares(place)),
    compare: uris.filter((_, place) => compares(place)),
  };
}
