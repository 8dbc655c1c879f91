/** Where bundles lie. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { userCache } from '@labelmill/shared/user-cache';

/** The bundles that ship with labelmill. */
export const builtInBundles = fileURLToPath(new URL('../bundles', import.meta.url));

/** The user's own folder of bundles, in the cache folder. */
export function userBundles(
  environment: { readonly XDG_CACHE_HOME?: string | undefined },
  home: string,
): string {
  return join(userCache(environment, home), 'models');
}
