/** What each image shows, as someone has written it down. */
import { UsageError } from '@labelmill/shared/errors';
import { shown } from '@labelmill/shared/store/shown-uri';
import type { Stores } from '@labelmill/shared/store/stores';
import { toUri } from '@labelmill/shared/store/uri';
import { devkitTruth } from './devkit-truth.ts';
import { folderTruth, nameTruth } from './named-truth.ts';
import { tableTruth, textTable } from './table-truth.ts';

/** The name of the class in the image at this URI (an id or a label), or undefined where nothing says it. */
export type Truth = (uri: string) => string | undefined;

export interface TruthRequest {
  /** `folder`, `name`, or the path or URI of a file. */
  readonly truth: string;
  /** The synset map of the ImageNet devkit. */
  readonly synsets?: string;
}

/**
 * Where the truth is:
 * - `folder`: the name of the folder an image lies in, as in ImageNet's training set;
 * - `name`: the WordNet id that its file name begins with (`n01440764_10026.JPEG`);
 * - a `.csv` with a column for the image and one for the class, Kaggle's LOC_val_solution.csv included;
 * - a text file of `image class` lines, Caffe's val.txt included;
 * - ILSVRC2012_validation_ground_truth.txt, with `synsets`.
 *
 * @throws UsageError `truth_unreadable` · `bad_truth` · `synsets_needed`
 */
export async function openTruth(
  { truth, synsets }: TruthRequest,
  stores: Stores,
  cwd: string,
): Promise<Truth> {
  if (truth === 'folder') return folderTruth;
  if (truth === 'name') return nameTruth;
  const text = await readText(truth, stores, cwd);
  if (/\.csv$/i.test(truth)) return tableTruth(text, truth);
  const [firstLine = ''] = text.split(/\r?\n/, 1);
  if (!/^\d+\s*$/.test(firstLine)) return textTable(text, truth);
  if (synsets === undefined) {
    throw new UsageError(
      'synsets_needed',
      `${truth} numbers classes in the ImageNet devkit's own order: name its map_clsloc.txt with --synsets, or use val.txt or LOC_val_solution.csv as --truth`,
    );
  }
  return devkitTruth(text, await readText(synsets, stores, cwd), { truth, synsets });
}

async function readText(name: string, stores: Stores, cwd: string): Promise<string> {
  const uri = toUri(name, cwd);
  try {
    const { body } = await stores.for(uri).read(uri);
    return new TextDecoder().decode(body);
  } catch (error) {
    const missing = (error as { code?: string }).code === 'not_found';
    const reason = missing ? 'there is no such file' : (error as Error).message;
    throw new UsageError('truth_unreadable', `${shown(uri)}: ${reason}`, { cause: error });
  }
}
