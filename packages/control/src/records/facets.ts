/** What there is to filter by, and how many records of each: one pass over the rows. */
import type { FacetsView } from '../api-schema.ts';
import { errorNames } from './error-numbers.ts';
import type { RecordIndex } from './record-index.ts';
import { classOf, codeNumberOf, isCarried, originOf, rowStatus, scoreOf, statusOf } from './row-file.ts';

/** Confidence bands: tenths. */
export const bands = 10;

/** Labels with the most frequent first, bands as tenths of the first label's score. */
export type Facets = Omit<FacetsView, 'indexing'>;

export async function countFacets(index: RecordIndex): Promise<Facets> {
  const ofClass = new Uint32Array(index.classes.all.length + 1);
  const ofBand = new Uint32Array(bands);
  const ofCode = new Uint32Array(errorNames.length);
  const ofOrigin = new Map<number, number>();
  let [ok, error, gone] = [0, 0, 0];
  for await (const { block } of index.blocks()) {
    for (let row = 0; row < block.rows; row++) {
      const status = statusOf(block, row);
      if (isCarried(block, row)) {
        const { number } = originOf(block, row);
        ofOrigin.set(number, (ofOrigin.get(number) ?? 0) + 1);
      }
      if (status === rowStatus.error) {
        error++;
        ofCode[codeNumberOf(block, row)]!++;
      } else if (status === rowStatus.gone) gone++;
      else if (status === rowStatus.ok) {
        ok++;
        const classNumber = classOf(block, row);
        // A class that came while this pass went on is in the next.
        if (classNumber < ofClass.length) ofClass[classNumber]!++;
        if (classNumber > 0)
          ofBand[Math.max(0, Math.min(bands - 1, Math.floor(bands * scoreOf(block, row))))]!++;
      }
    }
  }
  const labels = index.classes.all
    .slice(0, ofClass.length - 1)
    .map((named, place) => ({ ...named, count: ofClass[place + 1] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  const errors = Object.fromEntries(
    errorNames.flatMap((name, number) => ((ofCode[number] ?? 0) > 0 ? [[name, ofCode[number] ?? 0]] : [])),
  );
  // The newest first: ids sort by time.
  const origins = [...ofOrigin]
    .map(([number, count]) => ({ run: index.origins.at(number)?.run ?? '', count }))
    .sort((a, b) => (a.run < b.run ? 1 : -1));
  return { ok, error, gone, origins, labels, bands: [...ofBand], errors };
}
