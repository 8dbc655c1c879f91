/** Runs a program in a process of its own and takes what it prints. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * What it wrote to stdout.
 * @throws Error with the end of its stderr, if its exit status is not 0
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { input = '', env = {} }: ChildOptions = {},
): Promise<string> {
  const child = spawn(program, args, { stdio: 'pipe', env: { ...process.env, ...env } });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (status !== 0) {
    throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr.slice(-2000)}`);
  }
  return stdout.trim();
}

/** The same for a script of ours, on the Node that runs this one and with its options. */
export function runScript(script: URL, args: readonly string[], options?: ChildOptions): Promise<string> {
  return runProgram(process.execPath, [...process.execArgv, fileURLToPath(script), ...args], options);
}
