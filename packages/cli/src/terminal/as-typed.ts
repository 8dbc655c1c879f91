import { fileURLToPath } from 'node:url';

/** The URI of a file or a folder as a user would type it. */
export function asTyped(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri) : uri;
}
