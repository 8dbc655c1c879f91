/**
 * bull-board: the jobs themselves, to look at and nothing else. Its page is for anyone, as ours is; what it shows comes
 * from its API, which wants the token, and which `page/board-token.js` adds to its requests.
 */
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { pagePolicy } from '../page.ts';
import { HttpProblem, sendProblem } from '../problem.ts';
import type { QueueViews } from './queue-views.ts';

const prefix = '/board';
/** Its own styles are set in markup, and its code blocks are markup; scripts stay ours alone. */
const boardPolicy = pagePolicy
  .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
  .replace("; require-trusted-types-for 'script'", '');

/** A job that is changed, moved or removed behind its run's back leaves a run that does not close. */
const lookOnly = new HttpProblem(
  405,
  'read_only',
  'jobs are only looked at here: pause, cancel, resume or retry their run',
);

export interface Board {
  /** Shows the queues that are known by now. */
  update(): void;
}

export async function addBoard(
  app: FastifyInstance,
  queues: QueueViews,
  checkToken: (request: FastifyRequest) => Promise<void>,
): Promise<Board> {
  const adapter = new FastifyAdapter();
  adapter.setBasePath(prefix);
  const board = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    // Our page has the workers, by what they say of themselves. Here they would be found among all of Redis' clients,
    // which its users may not list.
    options: { uiConfig: { boardTitle: 'labelmill', showWorkers: false } },
  });
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('content-security-policy', boardPolicy);
      // By the route that was found: a path can be written in more than one way.
      if (request.routeOptions.url?.startsWith(`${prefix}/api`) !== true) return;
      try {
        await checkToken(request);
        if (request.method !== 'GET' && request.method !== 'HEAD') throw lookOnly;
      } catch (error) {
        if (!(error instanceof HttpProblem)) throw error;
        return sendProblem(reply, error.status, error.code, error.message);
      }
    });
    scope.addHook('onSend', async (_request, reply, payload) => {
      const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
      return isPage && typeof payload === 'string' ? ownPage(payload) : payload;
    });
    await scope.register(adapter.registerPlugin(), { prefix });
  });
  return {
    update: () =>
      board.setQueues(queues.all.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true }))),
  };
}

/** Without what it would fetch from elsewhere, and with what adds the token. */
function ownPage(html: string): string {
  return html
    .replaceAll(/<link[^>]+href="https?:[^>]*>/g, '')
    .replace('<body', '<script src="/page/board-token.js"></script><body');
}
