/** How every labelmill process talks to Redis. */
import { Redis } from 'ioredis';
import { messageOf, UsageError } from '../errors.ts';
import { printable } from '../printable.ts';

/**
 * A connection that owes an answer and says nothing for this long is dead, whatever TCP believes (a firewall that forgot
 * it, a host that is gone): it is opened again and the call repeated. Longer than any blocking call (queueTiming.drainDelay).
 */
const answerTimeoutMs = 15_000;

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
  readonly socketTimeout: number;
  readonly disableClientInfo: true;
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
    // One call less that a narrow ACL would have to allow.
    disableClientInfo: true,
    socketTimeout: answerTimeoutMs,
    retryStrategy: (attempt: number) => Math.min(100 * 2 ** Math.min(attempt, 5), 2000),
  };
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new UsageError(
      'bad_redis_url',
      `"${redactedRedisUrl(url)}" is not a Redis URL: write redis://host:6379 or unix:///path/redis.sock; in a password, / is %2F and @ is %40`,
    );
  }
  if (parsed.protocol === 'unix:') return { ...shared, path: decodeURIComponent(parsed.pathname) };
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    throw new UsageError(
      'bad_redis_url',
      `a Redis URL starts with redis://, rediss:// or unix://, not ${parsed.protocol}//`,
    );
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

/** The URL without its user and password, for messages; also where a password makes it no URL at all. */
export function redactedRedisUrl(url: string): string {
  return printable(url.replace(/\/\/.*@/s, '//…@'));
}

/**
 * A connection that answered once, so that a Redis that is not there is one clear line and not a hang.
 * @throws UsageError `redis_unreachable` when nothing answers within `timeoutMs`
 */
export async function connectRedis(url: string, timeoutMs = 3000): Promise<Redis> {
  const redis = new Redis(redisOptions(url));
  // ioredis reports failed attempts only as events, and tries again for ever.
  let reason = `no answer within ${timeoutMs / 1000} s`;
  redis.on('error', (error) => {
    reason = messageOf(error);
  });
  const ready = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), timeoutMs);
    redis.once('ready', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
  if (!ready) {
    redis.disconnect();
    throw new UsageError(
      'redis_unreachable',
      `no Redis at ${redactedRedisUrl(url)} (${reason}): start one, or set REDIS_URL or --redis to where it is`,
    );
  }
  return redis;
}
