import { Ledger } from '@labelmill/shared/ledger/ledger';
import { connectRedis } from '@labelmill/shared/redis/connection';
import type { CommandContext } from './context.ts';
import { redisUrl } from './redis-option.ts';

/** Runs a command over the shared ledger, and closes the connection whatever happens. */
export async function withLedger<T>(
  options: { readonly redis?: string },
  { settings }: CommandContext,
  command: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  const redis = await connectRedis(redisUrl(options, settings));
  try {
    return await command(new Ledger(redis));
  } finally {
    redis.disconnect();
  }
}
