import { join } from 'node:path';

/**
 * The user's cache folder for labelmill, by the XDG base directory specification, which also says that a relative
 * XDG_CACHE_HOME counts as unset.
 */
export function userCache(
  environment: { readonly XDG_CACHE_HOME?: string | undefined },
  home: string,
): string {
  const caches = environment.XDG_CACHE_HOME;
  return join(caches?.startsWith('/') ? caches : join(home, '.cache'), 'labelmill');
}
