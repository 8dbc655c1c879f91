/** Redis refuses to write while it answers: an outage, which ends without anything that an image or a chunk could do. */
import { messageOf, OutageError } from '../errors.ts';

/**
 * Error codes of Redis for a state of the server and not for the command (`shared` in its server.c): a replica after a
 * failover, a disk that the append-only file does not fit on, too few replicas, a primary or a part of a cluster gone.
 */
const refusals = ['READONLY', 'MISCONF', 'NOREPLICAS', 'MASTERDOWN', 'CLUSTERDOWN'];

/** The error itself, or an OutageError where Redis refused to write: `redis_full` at its maxmemory, else `redis_refuses`. */
export function redisError(error: unknown): unknown {
  const messages = [error, ...previousErrors(error)].map(messageOf);
  if (messages.some((message) => saysCode(message, 'OOM'))) {
    return new OutageError('redis_full', 'Redis is full: it refuses to write (maxmemory)', { cause: error });
  }
  const refused = messages.find((message) => refusals.some((code) => saysCode(message, code)));
  if (refused === undefined) return error;
  return new OutageError('redis_refuses', `Redis refuses to write: ${refused}`, { cause: error });
}

/** A code begins an answer; of a script, and of a command of BullMQ, something stands before it. */
function saysCode(message: string, code: string): boolean {
  return message.startsWith(`${code} `) || message.includes(`: ${code} `) || message.includes(`-${code} `);
}

/** Why a transaction was not executed. */
function previousErrors(error: unknown): readonly unknown[] {
  const { previousErrors: previous } = error as { previousErrors?: unknown };
  return Array.isArray(previous) ? previous : [];
}
