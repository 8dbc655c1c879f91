/**
 * Answers an orchestrator's probes: `/readyz` (warmed up, and not told to stop) and `/livez` (not stuck). On all addresses,
 * because probes come to the pod's; it says nothing but that, and takes no input.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { messageOf, UsageError } from '@labelmill/shared/errors';
import { type Idle, idleSince, type WorkFacts } from './stuck.ts';

/** What is asked at each probe. */
export interface Observed {
  facts(): Promise<WorkFacts>;
}

interface Answer {
  readonly ok: boolean;
  readonly why: string;
}

export class HealthServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #livenessMs: number;
  readonly #clock: () => number;
  #observed: Observed | null = null;
  #idle: Idle | null = null;

  private constructor(livenessMs: number, clock: () => number) {
    this.#livenessMs = livenessMs;
    this.#clock = clock;
    this.#server = createServer((request, response) => {
      void this.#answer(request.url ?? '').then((answer) => {
        const status = answer === null ? 404 : answer.ok ? 200 : 503;
        response
          .writeHead(status, { 'content-type': 'text/plain', connection: 'close' })
          .end(`${answer?.why ?? 'not found'}\n`);
      });
    });
  }

  /**
   * @param livenessMs a worker that takes nothing for so long, although it could, is not alive
   * @throws UsageError `port_unusable`
   */
  static async listen(
    port: number,
    livenessMs: number,
    clock = () => performance.now(),
  ): Promise<HealthServer> {
    const health = new HealthServer(livenessMs, clock);
    health.#server.listen(port);
    try {
      await once(health.#server, 'listening');
    } catch (error) {
      throw new UsageError('port_unusable', `--health-port ${port} cannot be used: ${messageOf(error)}`);
    }
    return health;
  }

  /** It is warmed up. */
  ready(observed: Observed): void {
    this.#observed = observed;
  }

  async #answer(url: string): Promise<Answer | null> {
    const [path] = url.split('?', 1);
    if (path !== '/livez' && path !== '/readyz') return null;
    // While it starts it is alive: how long that may take is the startup probe's to say.
    if (this.#observed === null) return { ok: path === '/livez', why: 'starting' };
    const facts = await this.#observed.facts();
    if (path === '/readyz') return { ok: !facts.draining, why: facts.draining ? 'stopping' : 'ready' };
    const now = this.#clock();
    this.#idle = idleSince(this.#idle, facts, now);
    const idleMs = this.#idle === null ? 0 : now - this.#idle.sinceMs;
    if (idleMs < this.#livenessMs) return { ok: true, why: 'alive' };
    return {
      ok: false,
      why: `${facts.waiting} chunks wait, and none was taken for ${Math.round(idleMs / 1000)} s`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
