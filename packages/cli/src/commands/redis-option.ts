import type { Settings } from '../settings.ts';

/** Where the shared Redis is: `--redis`, else REDIS_URL, else this machine's. */
export function redisUrl(options: { readonly redis?: string | undefined }, settings: Settings): string {
  return options.redis ?? settings.redisUrl ?? 'redis://127.0.0.1:6379';
}
