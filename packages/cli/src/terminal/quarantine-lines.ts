import type { Summary } from '@labelmill/shared/schema/run';
import { shown } from '@labelmill/shared/store/shown-uri';

/** Names the images that ended engines, where a run had some. */
export function quarantineLines({
  errors,
  quarantined = [],
}: Pick<Summary, 'errors' | 'quarantined'>): string[] {
  const more = (errors.crashed_decoder ?? 0) - quarantined.length;
  return [
    ...quarantined.map(({ index, uri }) => `quarantined: image ${index}, ${shown(uri)}`),
    ...(more > 0 ? [`quarantined: ${more} more`] : []),
  ];
}
