import { UsageError } from '@labelmill/shared/errors';
import { Ledger } from '@labelmill/shared/ledger/ledger';
import { connectRedis } from '@labelmill/shared/redis/connection';
import type { CommandContext } from './context.ts';
import { redisUrl } from './redis-option.ts';

/**
 * Runs a command over the shared ledger, and closes the connection whatever happens.
 * @throws UsageError `redis_unreachable`
 */
export async function withLedger<T>(
  options: { readonly redis?: string },
  { settings }: CommandContext,
  command: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  const redis = await connectRedis(redisUrl(options, settings)).catch((error: UsageError) => {
    // Whoever only knows "labelmill label" has no Redis and needs none.
    const without =
      'runs of "labelmill label" need none: "labelmill serve" or "labelmill verify <run>" shows them';
    throw new UsageError(error.code, `${error.message}; ${without}`, { cause: error });
  });
  try {
    return await command(new Ledger(redis));
  } finally {
    redis.disconnect();
  }
}
