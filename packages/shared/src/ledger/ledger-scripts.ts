/**
 * The ledger's Lua scripts. KEYS[1] is the run's hash, KEYS[2] its bitmap of counted chunks, KEYS[3] its notes on
 * suspects, KEYS[4] its quarantined images; ARGV[1] is the epoch the caller believes in, but in `hold`.
 */

import { mostQuarantinedNamed } from '../run/quarantine.ts';

/** A run is judged by its error rate only from this many images on: the first ones may be a bad corner of the source. */
const errorRateSample = 100;

export const ledgerScripts = {
  commit: `
    local epoch = redis.call('HGET', KEYS[1], 'epoch')
    if not epoch then return 'unknown' end
    if epoch ~= ARGV[1] then return 'stale' end
    if redis.call('SETBIT', KEYS[2], ARGV[2], 1) == 1 then
      redis.call('HINCRBY', KEYS[1], 'duplicates', 1)
      return 'duplicate'
    end
    redis.call('HINCRBY', KEYS[1], 'done', 1)
    redis.call('HINCRBY', KEYS[1], 'ok', ARGV[3])
    redis.call('HINCRBY', KEYS[1], 'error', ARGV[4])
    local fields = 6 + 2 * ARGV[5]
    for i = 6, fields - 1, 2 do
      if redis.call('HLEN', KEYS[4]) < ${mostQuarantinedNamed} then redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 1]) end
    end
    for i = fields, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
    local now = redis.call('HMGET', KEYS[1], 'ok', 'error', 'maxErrorRate', 'hold')
    local images = now[1] + now[2]
    if now[4] == '' and images >= ${errorRateSample} and now[2] + 0 > now[3] * images then
      redis.call('HSET', KEYS[1], 'hold', 'paused', 'why', 'error_rate')
    end
    return 'committed'`,

  extend: `
    local epoch = redis.call('HGET', KEYS[1], 'epoch')
    if not epoch then return 'unknown' end
    if epoch ~= ARGV[1] then return 'stale' end
    if redis.call('HGET', KEYS[1], 'segments') ~= ARGV[2] then return 'known' end
    redis.call('HINCRBY', KEYS[1], 'segments', 1)
    redis.call('HINCRBY', KEYS[1], 'chunks', ARGV[3])
    redis.call('HINCRBY', KEYS[1], 'images', ARGV[4])
    for i = 5, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
    return 'extended'`,

  closeListing: `
    local epoch = redis.call('HGET', KEYS[1], 'epoch')
    if not epoch then return 'unknown' end
    if epoch ~= ARGV[1] then return 'stale' end
    redis.call('HSET', KEYS[1], 'listed', 1, 'carried', ARGV[2])
    return 'closed'`,

  complete: `
    if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
    redis.call('HSET', KEYS[1], 'hold', 'complete')
    redis.call('DEL', KEYS[3])
    return 1`,

  hold: `
    local hold = redis.call('HGET', KEYS[1], 'hold')
    if not hold or hold == 'complete' then return 0 end
    redis.call('HSET', KEYS[1], 'hold', ARGV[1], 'why', '')
    return 1`,
} as const;
