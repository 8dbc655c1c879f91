/** `labelmill serve` over a folder and a Redis of its own, and what a test starts beside it: all of it ends together. */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { startBrowser } from './browser.ts';
import { LabelmillProcess } from './labelmill.ts';
import { TestRedis } from './redis.ts';
import { Serving } from './serve.ts';
import { type TemporaryFolder, temporaryFolder } from './temp-folder.ts';

export class ServedFolder implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  /** Where its runs are. */
  readonly out: string;
  /** For every command over this Redis and this folder. */
  readonly env: NodeJS.ProcessEnv;
  readonly serving: Serving;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    folder: TemporaryFolder,
    env: NodeJS.ProcessEnv,
    serving: Serving,
  ) {
    this.#stack = stack;
    this.folder = folder;
    this.out = runsIn(folder);
    this.env = env;
    this.serving = serving;
  }

  /** @param roots folders that may be read beside its own */
  static async open(...roots: string[]): Promise<ServedFolder> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await temporaryFolder());
    const redis = stack.use(await TestRedis.start());
    const env = {
      REDIS_URL: redis.url,
      LABELMILL_FILE_ROOTS: [folder.path, ...roots].join(','),
      XDG_CACHE_HOME: join(folder.path, 'cache'),
    };
    const serving = stack.use(await Serving.start(runsIn(folder), { env }));
    return new ServedFolder(stack.move(), folder, env, serving);
  }

  worker(): LabelmillProcess {
    return this.#stack.use(new LabelmillProcess(['worker'], { env: this.env }));
  }

  async browser(): Promise<Browser> {
    return this.#stack.adopt(await startBrowser(), (browser) => browser.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function runsIn(folder: TemporaryFolder): string {
  return join(folder.path, 'runs');
}
