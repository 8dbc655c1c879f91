import { codeOf, type ImageErrorCode } from '@labelmill/shared/errors';

/** What bytes that were lost on the way look like. */
const looks: ReadonlySet<string | undefined> = new Set<ImageErrorCode>([
  'empty',
  'unsupported_format',
  'undecodable',
]);

/**
 * Could the error be the way's fault, and not the image's? A proxy may announce fewer bytes than there are, and then
 * nothing tells a body that was cut from a whole one. So an image is called broken only when it came so twice. A file
 * has no way to come.
 */
export function mayBeDamaged(error: unknown, uri: string): boolean {
  return looks.has(codeOf(error)) && !uri.startsWith('file:');
}
