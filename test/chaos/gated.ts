/** The test's hold on a gated worker. */
import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./gated-worker.ts', import.meta.url));

export class GatedWorker implements AsyncDisposable {
  readonly child: ChildProcess;
  /** It holds images. */
  readonly labelling: Promise<unknown>;

  private constructor(answer: 'ok' | 'error', env: Readonly<Record<string, string>>) {
    this.child = fork(script, [answer], {
      execArgv: ['--conditions=source'],
      env: { PATH: process.env.PATH, HOME: process.env.HOME, LABELMILL_LOG_LEVEL: 'silent', ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.labelling = this.#hears('labelling');
  }

  /** Resolves when it takes chunks. */
  static async start(answer: 'ok' | 'error', env: Readonly<Record<string, string>>): Promise<GatedWorker> {
    const worker = new GatedWorker(answer, env);
    await worker.#hears('ready');
    return worker;
  }

  go(): void {
    this.child.send('go');
  }

  /** Ends it once it has done with what it holds. */
  async drain(): Promise<void> {
    this.child.send('drain');
    await once(this.child, 'exit');
  }

  async #hears(awaited: string): Promise<void> {
    for await (const [message] of on(this.child, 'message')) if (message === awaited) return;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
