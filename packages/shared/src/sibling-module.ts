/**
 * The URL of a module beside the caller's, as `.ts` when running from source and `.js` when built.
 * Child processes and worker threads are started by URL, which the compiler does not rewrite.
 */
export function siblingModule(from: string, path: string): URL {
  return new URL(path + (from.endsWith('.ts') ? '.ts' : '.js'), from);
}
