import { requireExactSums } from '@labelmill/models/quantize/require-exact-sums';
import { verifyBundleFiles } from '@labelmill/models/read-bundle';
import type { DecodeMode, Emit, PartFormat } from '@labelmill/shared/schema/run';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import type { Provider } from '@labelmill/worker/engine/protocol';
import { bundleForCpu, bundleForQueue } from '../local/choose-bundle.ts';
import { cpuInfo } from '../local/cpu-info.ts';
import { findRuns } from '../local/find-run.ts';
import type { LocalResult } from '../local/label-locally.ts';
import { asTyped } from '../terminal/as-typed.ts';
import { chooseAgainst } from './choose-against.ts';
import type { CommandContext } from './context.ts';
import { openRequest } from './open-request.ts';
import { runLocally } from './run-locally.ts';
import type { SourceOptions } from './source-options.ts';

export interface LabelOptions extends SourceOptions {
  readonly model: string;
  readonly out: string;
  readonly topK: number;
  readonly decode: DecodeMode;
  readonly emit: readonly Emit[];
  readonly format: PartFormat;
  readonly provider?: Provider;
  readonly maxErrorRate?: number;
  readonly only?: 'changed';
  readonly against?: string;
  readonly json?: boolean;
}

/** `labelmill label SOURCE…`: everything on this machine. */
export async function label(
  names: readonly string[],
  options: LabelOptions,
  context: CommandContext,
): Promise<LocalResult | null> {
  await using stores = openOperatorStores(context.settings.stores);
  const { json = false, provider = context.settings.provider, maxErrorRate } = options;
  const { topK, emit, decode, format: partFormat } = options;
  const features = emit.includes('features');
  // int8 gives no features.
  const chooseBundle = provider === 'cpu' && !features ? bundleForCpu(await cpuInfo()) : bundleForQueue;
  const { bundle, source, output } = await openRequest(names, options, stores, context, chooseBundle);
  await verifyBundleFiles(bundle);
  if (provider === 'cpu') requireExactSums(bundle, await cpuInfo());
  const earlier = await findRuns(
    output,
    { source: source.spec, bundle, topK, emit, decode, partFormat },
    stores,
  );
  if (earlier.unfinished !== null)
    context.console.note(`going on with the unfinished run ${asTyped(earlier.unfinished)}`);
  else if (earlier.finished !== null && options.only === undefined && options.against === undefined) {
    context.console.note(
      `this source was labelled before (${asTyped(earlier.finished)}); labelling all of it again, as without --only changed`,
    );
  }
  const asked = { source, bundle, output, topK, emit, decode, partFormat };
  const start =
    earlier.unfinished === null
      ? { ...asked, against: await chooseAgainst(options, asked, stores, context) }
      : { resume: earlier.unfinished };
  return runLocally({ bundle, source, start, features, provider, maxErrorRate, json }, context);
}
