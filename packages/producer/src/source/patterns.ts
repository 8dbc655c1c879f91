import { posix } from 'node:path';

/** What counts as an image in a folder or prefix when nothing else is said; matched without regard to case. */
export const imagePatterns = ['**/*.{jpg,jpeg,png,webp,gif,tif,tiff,avif}'];

/**
 * Does a path below the source's root belong to the run? Globs as in Node's `path.matchesGlob` (`**`, `*`, `?`,
 * `{a,b}`, `[a-z]`); without any include pattern, every image file does.
 */
export function patternFilter(
  include: readonly string[],
  exclude: readonly string[],
): (path: string) => boolean {
  const matches = (path: string, patterns: readonly string[]) =>
    patterns.some((pattern) => posix.matchesGlob(path, pattern));
  return (path) =>
    (include.length > 0 ? matches(path, include) : matches(path.toLowerCase(), imagePatterns)) &&
    !matches(path, exclude);
}
