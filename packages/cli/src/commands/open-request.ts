import type { Bundle } from '@labelmill/models/bundle-schema';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { openSource } from '@labelmill/producer/source/open-source';
import type { Source } from '@labelmill/producer/source/source';
import type { Stores } from '@labelmill/shared/store/stores';
import { toUri } from '@labelmill/shared/store/uri';
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
 * @throws UsageError as `resolveBundle` and `openSource` do
 */
export async function openRequest(
  names: readonly string[],
  options: SourceOptions & { readonly model: string; readonly out: string },
  stores: Stores,
  { settings, cwd, stdin }: CommandContext,
): Promise<OpenedRequest> {
  const bundle = await resolveBundle(options.model, settings.modelFolders);
  const { include, exclude, limit, manifestFormat } = options;
  const source = await openSource(
    {
      names,
      include,
      exclude,
      ...(limit === undefined ? {} : { limit }),
      ...(manifestFormat === undefined ? {} : { format: manifestFormat }),
      cwd,
      stdin,
      spoolFolder: settings.spoolFolder,
    },
    stores,
  );
  return { bundle, source, output: `${toUri(options.out, cwd).replace(/\/$/, '')}/` };
}
