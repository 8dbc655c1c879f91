import { keyPrefix } from '../redis/queue.ts';

/** A run's keys in Redis. The braces keep them on one node of a Redis Cluster. */
export const runKey = (run: string) => `${keyPrefix}-run:{${run}}`;
/** Bitmap of counted chunks. */
export const doneKey = (run: string) => `${runKey(run)}:done`;
/** Hash: index → URI of the quarantined images that are named. */
export const quarantinedKey = (run: string) => `${runKey(run)}:quarantined`;
/** Hash: index of an image → how often it was begun alone and did not end. */
export const suspectsKey = (run: string) => `${runKey(run)}:suspects`;
