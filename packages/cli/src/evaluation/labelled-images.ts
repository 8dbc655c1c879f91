/** The source's images with what they show. */
import type { Source } from '@labelmill/producer/source/source';
import { UsageError } from '@labelmill/shared/errors';
import type { Truth } from './truth.ts';

export interface LabelledImages {
  /** In the source's order; `truth` is the class as the folder or table calls it. */
  readonly images: readonly { readonly uri: string; readonly truth: string }[];
  /** Images of which nothing says what they show. */
  readonly untold: readonly string[];
}

/** @throws UsageError `empty_source` without images; as the source and the truth do */
export async function labelledImages(
  source: Source,
  truth: Truth,
  signal: AbortSignal,
): Promise<LabelledImages> {
  const images: { uri: string; truth: string }[] = [];
  const untold: string[] = [];
  for await (const { uri } of source.images(null, signal)) {
    const name = truth(uri);
    if (name === undefined) untold.push(uri);
    else images.push({ uri, truth: name });
  }
  if (images.length + untold.length === 0) {
    throw new UsageError('empty_source', `no images in ${source.spec.uri}`);
  }
  return { images, untold };
}
