/** An ETag as a version: without its quotes. Null where there is none, or one that is weak and does not stand for exact bytes. */
export function versionOfETag(etag: string | undefined): string | null {
  if (!etag || etag.startsWith('W/')) return null;
  return etag.replace(/^"(.*)"$/, '$1');
}
