/** The images that ended engines: a run names them, so that someone can look at them. */
import { z } from 'zod';
import type { LabelRecord } from '../schema/record.ts';

/** So many are named; the count of all stands beside them. */
export const mostQuarantinedNamed = 20;

export const quarantinedImageSchema = z.object({ index: z.int().nonnegative(), uri: z.string() });
export type QuarantinedImage = z.infer<typeof quarantinedImageSchema>;

/** Those of a part, in order, as far as they are named. */
export function quarantinedIn(records: readonly LabelRecord[]): QuarantinedImage[] {
  return records
    .filter((record) => record.status === 'error' && record.error.code === 'crashed_decoder')
    .slice(0, mostQuarantinedNamed)
    .map(({ index, uri }) => ({ index, uri }));
}

/** The first of both, in order, as far as they are named. */
export function firstQuarantined(...lists: (readonly QuarantinedImage[])[]): QuarantinedImage[] {
  return lists
    .flat()
    .sort((a, b) => a.index - b.index)
    .slice(0, mostQuarantinedNamed);
}
