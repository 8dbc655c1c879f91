/**
 * Answers an orchestrator's probes: `/readyz` (it takes jobs, and is not told to stop) and `/livez` (not stuck); and beside them
 * `/metrics`.
 */
import { type Page, PageServer, textPage } from '../http/page-server.ts';
import { type Idle, idleSince, type WorkFacts } from './stuck.ts';

/** What is asked at each probe. */
export interface Observed {
  facts(): Promise<WorkFacts>;
}

export class HealthServer implements AsyncDisposable {
  readonly #server: PageServer;
  readonly #probes: Probes;

  private constructor(server: PageServer, probes: Probes) {
    this.#server = server;
    this.#probes = probes;
  }

  /**
   * @param livenessMs a process that takes nothing for so long, although it could, is not alive
   * @throws UsageError `port_unusable`
   */
  static async listen(
    port: number,
    livenessMs: number,
    clock = () => performance.now(),
  ): Promise<HealthServer> {
    const probes = new Probes(livenessMs, clock);
    const server = await PageServer.listen(port, '--health-port', (path) => probes.page(path));
    return new HealthServer(server, probes);
  }

  /** It can take jobs. */
  ready(observed: Observed, metrics: () => Promise<Page>): void {
    this.#probes.observed = observed;
    this.#probes.metrics = metrics;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

class Probes {
  observed: Observed | null = null;
  metrics: () => Promise<Page> = async () => textPage(503, 'starting');
  readonly #livenessMs: number;
  readonly #clock: () => number;
  #idle: Idle | null = null;

  constructor(livenessMs: number, clock: () => number) {
    this.#livenessMs = livenessMs;
    this.#clock = clock;
  }

  async page(path: string): Promise<Page | null> {
    if (path === '/metrics') return this.metrics();
    if (path !== '/livez' && path !== '/readyz') return null;
    // While it starts it is alive: how long that may take is the startup probe's to say.
    if (this.observed === null) return textPage(path === '/livez' ? 200 : 503, 'starting');
    const facts = await this.observed.facts();
    if (path === '/livez') return this.#alive(facts);
    return facts.draining ? textPage(503, 'stopping') : textPage(200, 'ready');
  }

  #alive(facts: WorkFacts): Page {
    const now = this.#clock();
    this.#idle = idleSince(this.#idle, facts, now);
    const idleMs = this.#idle === null ? 0 : now - this.#idle.sinceMs;
    if (idleMs < this.#livenessMs) return textPage(200, 'alive');
    const seconds = Math.round(idleMs / 1000);
    return textPage(503, `${facts.waiting} jobs wait, and none was taken for ${seconds} s`);
  }
}
