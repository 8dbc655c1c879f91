/** How every labelmill process talks to Redis. */
import { Redis } from 'ioredis';
import { messageOf, UsageError } from '../errors.ts';

/** What both ioredis and BullMQ take. */
export interface RedisConnection {
  readonly path?: string;
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: object;
  readonly maxRetriesPerRequest: null;
  readonly retryStrategy: (attempt: number) => number;
}

/**
 * Options from a URL: `redis://`, `rediss://` (TLS) or `unix:///path/to.sock`.
 * The retry delay is 200 ms … 2 s: ioredis' own grows so slowly that a worker came back 17 s after an outage.
 * @throws UsageError `bad_redis_url`
 */
export function redisOptions(url: string): RedisConnection {
  const shared: RedisConnection = {
    maxRetriesPerRequest: null,
    retryStrategy: (attempt: number) => Math.min(100 * 2 ** Math.min(attempt, 5), 2000),
  };
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new UsageError('bad_redis_url', `"${url}" is not a Redis URL: write redis://host:6379 or unix:///path/redis.sock`);
  }
  if (parsed.protocol === 'unix:') return { ...shared, path: decodeURIComponent(parsed.pathname) };
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    throw new UsageError('bad_redis_url', `a Redis URL starts with redis://, rediss:// or unix://, not ${parsed.protocol}//`);
  }
  return {
    ...shared,
    host: parsed.hostname || '127.0.0.1',
    port: parsed.port === '' ? 6379 : Number(parsed.port),
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(parsed.pathname.length > 1 ? { db: Number(parsed.pathname.slice(1)) } : {}),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

/** The URL without its password, for messages. */
export function redactedRedisUrl(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//…@');
}

/**
 * A connection that answered once, so that a Redis that is not there is one clear line and not a hang.
 * @throws UsageError `redis_unreachable` when nothing answers within `timeoutMs`
 */
export async function connectRedis(url: string, timeoutMs = 3000): Promise<Redis> {
  const redis = new Redis({ ...redisOptions(url), lazyConnect: true });
  // The reason of the last failed attempt; ioredis reports it only as an event.
  let reason = `no answer within ${timeoutMs / 1000} s`;
  const note = (error: Error) => {
    reason = messageOf(error);
  };
  redis.on('error', note);
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      redis.connect().then(() => redis.ping()),
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(reason)), timeoutMs);
      }),
    ]);
  } catch (error) {
    redis.disconnect();
    const cause = reason.startsWith('no answer') ? messageOf(error) : reason;
    throw new UsageError(
      'redis_unreachable',
      `no Redis at ${redactedRedisUrl(url)} (${cause}): start one, or set REDIS_URL or --redis to where it is`,
    );
  } finally {
    clearTimeout(timer);
  }
  redis.off('error', note);
  // Connection errors are retried for ever by retryStrategy; without a listener ioredis prints each of them.
  redis.on('error', () => {});
  return redis;
}
