import { UsageError } from '@labelmill/shared/errors';
import { shown } from '@labelmill/shared/store/shown-uri';

/** What a source that is read again from its start says where its image at the place `place`, from 1, is another one. */
export function sourceChanged(
  source: string,
  place: number | string,
  { before, now }: { readonly before: string; readonly now: string },
): UsageError {
  return new UsageError(
    'source_changed',
    `${shown(source)} has changed since this run began: its image ${place} was ${shown(before)} and is ${shown(now)}; start a new run`,
  );
}
