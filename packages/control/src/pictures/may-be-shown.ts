import type { ImageErrorCode } from '@labelmill/shared/errors';
import type { LabelRecord } from '@labelmill/shared/schema/record';

/**
 * Codes of error records whose image may be looked at all the same. Not of those that were refused for a limit (bytes,
 * pixels, sides, format), that ended the engine, or that were not there or not to be read.
 */
const shownCodes: ReadonlySet<ImageErrorCode> = new Set<ImageErrorCode>([
  'undecodable',
  'decode_timeout',
  'fetch_timeout',
  'chunk_failed',
]);

export function mayBeShown(record: LabelRecord): boolean {
  return record.status === 'ok' || shownCodes.has(record.error.code);
}

/** Is what can be decoded of it worth a look, though not all can? */
export function isDamaged(record: LabelRecord): boolean {
  return record.status === 'error' && record.error.code === 'undecodable';
}
