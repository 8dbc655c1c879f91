/** A worker that is started again whenever it dies, as anything that looks after workers does. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LabelmillProcess } from '../parts/labelmill.ts';
import { descendants } from '../parts/process-tree.ts';

const standIn = fileURLToPath(new URL('./stand-in-worker.ts', import.meta.url));

export class WorkerProcess implements AsyncDisposable {
  readonly #realEngine: boolean;
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess;
  #closing = false;

  constructor(realEngine: boolean, env: Readonly<Record<string, string>>) {
    this.#realEngine = realEngine;
    this.#env = env;
    this.#child = this.#start();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Kills its engine, once it has one. */
  async killEngine(): Promise<void> {
    for (;;) {
      // Asked each time: a worker that dies before it has an engine is followed by another.
      const engine = descendants(this.#child.pid ?? 0).find(({ command }) => command.includes('engine/main'));
      if (engine !== undefined) return void process.kill(engine.pid, 'SIGKILL');
      await delay(20);
    }
  }

  #start(): ChildProcess {
    const child = this.#realEngine
      ? new LabelmillProcess(['worker'], { env: this.#env }).child
      : fork(standIn, [], {
          execArgv: ['--conditions=source'],
          env: { PATH: process.env.PATH, HOME: process.env.HOME, ...this.#env },
          stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        });
    child.once('exit', () => {
      if (!this.#closing) this.#child = this.#start();
    });
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
