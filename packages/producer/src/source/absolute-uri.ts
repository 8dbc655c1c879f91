import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * What a manifest's line means: a URI as it is, a path as a `file://` URI (a relative one from `base`, the URI of a
 * folder or manifest; beside a manifest in S3 it is a key).
 */
export function absoluteUri(line: string, base: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(line)) return line;
  if (isAbsolute(line)) return pathToFileURL(line).href;
  const folder = base.slice(0, base.lastIndexOf('/') + 1);
  if (!folder.startsWith('file:')) return folder + line;
  // Encoded first: `%` and `#` are ordinary characters of a path. JSON may hold half a surrogate pair, which has no UTF-8.
  return new URL(line.toWellFormed().split('/').map(encodeURIComponent).join('/'), folder).href;
}
