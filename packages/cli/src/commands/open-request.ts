import type { Bundle } from '@labelmill/models/bundle-schema';
import { openSource } from '@labelmill/producer/source/open-source';
import type { Source } from '@labelmill/producer/source/source';
import type { Stores } from '@labelmill/shared/store/stores';
import { toUri } from '@labelmill/shared/store/uri';
import type { ChooseBundle } from '../local/choose-bundle.ts';
import type { CommandContext } from './context.ts';
import type { SourceOptions } from './source-options.ts';

export interface OpenedRequest {
  readonly bundle: Bundle;
  readonly source: Source;
  /** URI of the folder that holds runs; ends in a slash. */
  readonly output: string;
}

/**
 * What `label` and `enqueue` are asked for: which bundle, which images, and where the run goes.
 * @throws UsageError as `chooseBundle` and `openSource` do
 */
export async function openRequest(
  names: readonly string[],
  options: SourceOptions & { readonly model: string; readonly out: string },
  stores: Stores,
  context: CommandContext,
  chooseBundle: ChooseBundle,
): Promise<OpenedRequest> {
  const bundle = await chooseBundle(options.model, context);
  const source = await openNamedSource(names, options, stores, context);
  return { bundle, source, output: `${toUri(options.out, context.cwd).replace(/\/$/, '')}/` };
}

/**
 * The images that a command's arguments name.
 * @throws UsageError as `openSource` does
 */
export function openNamedSource(
  names: readonly string[],
  { include, exclude, limit, dedupe, shards, manifestFormat }: SourceOptions,
  stores: Stores,
  { settings, cwd, stdin }: CommandContext,
): Promise<Source> {
  return openSource(
    {
      names,
      include,
      exclude,
      ...(limit === undefined ? {} : { limit }),
      ...(dedupe === undefined ? {} : { dedupe }),
      ...(shards === undefined ? {} : { shards }),
      ...(manifestFormat === undefined ? {} : { format: manifestFormat }),
      cwd,
      stdin,
      spoolFolder: settings.spoolFolder,
    },
    stores,
  );
}
