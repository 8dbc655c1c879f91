import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A measured process of its own, running from source. Its first message is its result. */
export function startChild(script: URL, args: readonly (string | number)[]): ChildProcess {
  return fork(fileURLToPath(script), args.map(String), { execArgv: ['--conditions=source', '--expose-gc'] });
}

/** @throws Error where the process ended without a message */
export async function messageOf<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(([status, signal]) => {
    throw new Error(`${child.spawnargs.at(-1)} ended (${status ?? signal}) without a result`);
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return message as T;
}

/** Runs it to its end. */
export async function runChild<T>(script: URL, args: readonly (string | number)[]): Promise<T> {
  const child = startChild(script, args);
  const ended = once(child, 'exit');
  const result = await messageOf<T>(child);
  await ended;
  return result;
}
