/** Where bundles lie. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The bundles that ship with labelmill. */
export const builtInBundles = fileURLToPath(new URL('../bundles', import.meta.url));

/**
 * The user's own folder of bundles, by the XDG base directory specification, which also says that a relative
 * XDG_CACHE_HOME counts as unset.
 */
export function userBundles(
  environment: { readonly XDG_CACHE_HOME?: string | undefined },
  home: string,
): string {
  const cache = environment.XDG_CACHE_HOME;
  return join(cache?.startsWith('/') ? cache : join(home, '.cache'), 'labelmill', 'models');
}
