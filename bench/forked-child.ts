/** A measured process of its own that talks with the bench by messages. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export function forkScript(script: URL, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(script), args, { execArgv: ['--conditions=source'] });
}

/**
 * The next message.
 * @throws Error where the process ends without one
 */
export async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const onExit = (status: number | null, signal: string | null) =>
    reject(new Error(`${child.spawnargs.at(-1)} ended (${status ?? signal}) without a result`));
  child.once('exit', onExit);
  try {
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return message as T;
  } finally {
    child.off('exit', onExit);
  }
}
