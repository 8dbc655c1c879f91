/** A real Prometheus of one test: scrapes ports of this machine, loads rules, and is gone with the test process. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { type TemporaryFolder, temporaryFolder } from './temp-folder.ts';

const installer = fileURLToPath(new URL('install-prometheus.sh', import.meta.url));

export interface PrometheusOptions {
  /** Ports of this machine, by the job's name. */
  readonly jobs: Readonly<Record<string, number>>;
  /** A rules file. */
  readonly rules: string;
}

export class TestPrometheus implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly #child: ChildProcess;
  readonly #api: string;

  private constructor(folder: TemporaryFolder, child: ChildProcess, api: string) {
    this.#folder = folder;
    this.#child = child;
    this.#api = api;
  }

  static async install(): Promise<void> {
    await promisify(execFile)('bash', [installer]);
  }

  static async start({ jobs, rules }: PrometheusOptions): Promise<TestPrometheus> {
    const folder = await temporaryFolder();
    const config = join(folder.path, 'prometheus.yml');
    // JSON is YAML.
    const content = {
      global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
      rule_files: [rules],
      scrape_configs: Object.entries(jobs).map(([job_name, port]) => ({
        job_name,
        static_configs: [{ targets: [`127.0.0.1:${port}`] }],
      })),
    };
    await writeFile(config, JSON.stringify(content));
    const address = `127.0.0.1:${await freePort()}`;
    const storage = `--storage.tsdb.path=${folder.path}/data`;
    const args = [`--config.file=${config}`, storage, `--web.listen-address=${address}`];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'prometheus', ...args], { stdio: 'ignore' });
    return new TestPrometheus(folder, child, `http://${address}/api/v1`);
  }

  /** The answer to a query of its HTTP API, asked until `until` holds. */
  async ask<T>(
    path: string,
    parameters: Readonly<Record<string, string>>,
    until: (data: T) => boolean,
  ): Promise<T> {
    for (;;) {
      if (this.#child.exitCode !== null) throw new Error(`prometheus ended (${this.#child.exitCode})`);
      const url = `${this.#api}/${path}?${new URLSearchParams(parameters)}`;
      const answer = await fetch(url).catch(() => null);
      // Until it has started it answers 503 in plain text.
      if (answer !== null && answer.status !== 503) {
        const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string };
        if (status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${error}`);
        if (until(data)) return data;
      }
      await delay(100);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    await this.#folder[Symbol.asyncDispose]();
  }
}
