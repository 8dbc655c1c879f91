/** The real `labelmill serve`, as its own process. */
import { LabelmillProcess } from './labelmill.ts';

export const testToken = 'a-token-for-tests-0123';

export class Serving implements AsyncDisposable {
  readonly origin: string;
  readonly process: LabelmillProcess;

  private constructor(process: LabelmillProcess, origin: string) {
    this.process = process;
    this.origin = origin;
  }

  static async start(
    out: string,
    options: { env?: NodeJS.ProcessEnv; args?: string[] } = {},
  ): Promise<Serving> {
    const process = new LabelmillProcess(['serve', '--out', out, '--port', '0', ...(options.args ?? [])], {
      env: { LABELMILL_TOKEN: testToken, ...options.env },
    });
    await process.says('/\n');
    return new Serving(process, process.output.stdout.trim().replace(/\/$/, ''));
  }

  /** With the token, unless `headers` says otherwise. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${testToken}`, ...init.headers };
    return fetch(this.origin + path, { ...init, headers });
  }

  // biome-ignore lint/suspicious/noExplicitAny: what comes back is what the tests look at
  async get(path: string): Promise<any> {
    return (await this.fetch(path)).json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGTERM');
    await this.process[Symbol.asyncDispose]();
  }
}
