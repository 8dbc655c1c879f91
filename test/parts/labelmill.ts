/** Runs the real command as its own process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class LabelmillProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(
    args: readonly string[],
    options: { env?: NodeJS.ProcessEnv; cwd?: string; input?: string } = {},
  ) {
    this.child = spawn(process.execPath, ['--conditions=source', main, ...args], {
      cwd: options.cwd ?? repository,
      // Only what a test says: no Redis, no S3 and no models of whoever runs the tests.
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        TMPDIR: process.env.TMPDIR,
        XDG_CACHE_HOME: join(tmpdir(), 'labelmill-test-cache'),
        // Node writes it while a process ends: not into a folder that a test looks at or removes.
        NODE_COMPILE_CACHE: join(tmpdir(), 'labelmill-test-cache', 'compiled-code'),
        LABELMILL_MODELS: join(repository, 'no-models'),
        ...options.env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdin?.on('error', () => {});
    this.child.stdin?.end(options.input ?? '');
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = once(this.child, 'close').then(([status, signal]) => ({
      status: status as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** What it has said so far. */
  get output(): { readonly stdout: string; readonly stderr: string } {
    return { stdout: this.#stdout, stderr: this.#stderr };
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('labelmill did not start');
    return this.child.pid;
  }

  /** Resolves once stdout or stderr holds the text; rejects if the process ends without it. */
  async says(text: string): Promise<void> {
    while (!(this.#stdout + this.#stderr).includes(text)) {
      const more = new Promise<void>((resolve) => {
        this.child.stdout?.once('data', () => resolve());
        this.child.stderr?.once('data', () => resolve());
      });
      const ended = await Promise.race([more.then(() => null), this.ended]);
      if (ended !== null && !(ended.stdout + ended.stderr).includes(text)) {
        throw new Error(
          `labelmill ended (${ended.status ?? ended.signal}) without saying "${text}":\n${ended.stderr}${ended.stdout}`,
        );
      }
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** Runs the command to its end. */
export async function labelmill(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; input?: string } = {},
): Promise<Ended> {
  return new LabelmillProcess(args, options).ended;
}
