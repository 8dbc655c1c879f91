/**
 * The validation set as ImageNet's development kit has it: line n of ILSVRC2012_validation_ground_truth.txt is the class
 * of ILSVRC2012_val_<n>, by a number (ILSVRC2012_ID, from 1) that has nothing to do with the order of WordNet ids. The
 * kit keeps its meaning in meta.mat, and since 2014 also in map_clsloc.txt, which is read here.
 */
import { UsageError } from '@labelmill/shared/errors';
import { pathOf } from './path-of.ts';
import type { Truth } from './truth.ts';

/**
 * @param groundTruth one number a line
 * @param synsets lines such as `n02119789 1 kit_fox`
 * @param names of the two files, for errors
 * @throws UsageError `bad_truth`, naming the line
 */
export function devkitTruth(
  groundTruth: string,
  synsets: string,
  names: { readonly truth: string; readonly synsets: string },
): Truth {
  const idOf = new Map<number, string>();
  for (const [place, line] of linesOf(synsets).entries()) {
    const [, id, number] = /^(n\d{8}) (\d+)( |$)/.exec(line) ?? [];
    if (id === undefined) {
      const wanted = 'needs a WordNet id and its number, as in "n02119789 1 kit_fox"';
      throw new UsageError('bad_truth', `${names.synsets}:${place + 1}: ${wanted}`);
    }
    idOf.set(Number(number), id);
  }
  const ids = linesOf(groundTruth).map((line, place) => {
    const id = idOf.get(Number(line));
    if (id === undefined) {
      const where = `${names.truth}:${place + 1}`;
      throw new UsageError('bad_truth', `${where}: ${names.synsets} has no class ${JSON.stringify(line)}`);
    }
    return id;
  });
  return (uri) => {
    const number = /^ILSVRC2012_val_(\d+)\./.exec(pathOf(uri).at(-1) ?? '')?.[1];
    return number === undefined ? undefined : ids[Number(number) - 1];
  };
}

function linesOf(text: string): string[] {
  return text.trim().split(/\s*\r?\n/);
}
