/** Runs a script of ours in a process of its own, on the Node that runs this one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface ChildOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * What the script wrote to stdout.
 * @throws Error with the end of its stderr, if its exit status is not 0
 */
export async function runScript(
  script: URL,
  args: readonly string[],
  { input = '', env = {} }: ChildOptions = {},
): Promise<string> {
  const child = spawn(process.execPath, ['--conditions=source', script.pathname, ...args], {
    stdio: 'pipe',
    env: { ...process.env, ...env },
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (status !== 0) throw new Error(`${script.pathname} ended with ${status}: ${stderr.slice(-2000)}`);
  return stdout.trim();
}
