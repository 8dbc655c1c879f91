import { compareKeys } from '@labelmill/shared/store/uri';

/**
 * What a URI is ordered by, so that the order is that in which stores list: the key's own characters, of a file's URI
 * the bytes of its path, each as one character.
 */
export function orderKey(uri: string): string {
  if (!uri.startsWith('file:') || !uri.includes('%')) return uri;
  return uri.replace(/%([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Orders what `orderKey` gives: by the UTF-8 bytes of keys, as S3 does. */
export const compareOrderKeys = compareKeys;
