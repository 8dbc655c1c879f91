/** What KEDA does, as far as the tests need it: its redis scaler's count. */
import type { Redis } from 'ioredis';

/** The redis scaler's own script (pkg/scalers/redis_scaler.go, KEDA 2.20). */
const countScript = `
  local listName = KEYS[1]
  local listType = redis.call('type', listName).ok
  local cmd = {
    zset = 'zcard',
    set = 'scard',
    list = 'llen',
    hash = 'hlen',
    none = 'llen'
  }
  return redis.call(cmd[listType], listName)
`;

export async function kedaCount(redis: Redis, listName: string): Promise<number> {
  return Number(await redis.eval(countScript, 1, listName));
}
