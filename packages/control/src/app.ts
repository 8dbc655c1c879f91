/** The server, put together: limits, headers, problems, the page for anyone, the API for whoever has the token. */
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type { Ledger } from '@labelmill/shared/ledger/ledger';
import type { Logger } from '@labelmill/shared/logging';
import type { Run } from '@labelmill/shared/schema/run';
import fastify from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { tokenCheck } from './bearer.ts';
import { safetyHeaders, servePage } from './page.ts';
import type { PictureCache } from './pictures/picture-cache.ts';
import type { PictureMaker } from './pictures/picture-maker.ts';
import { answerWithProblems, HttpProblem } from './problem.ts';
import { addBoard } from './queues/board.ts';
import type { QueueViews } from './queues/queue-views.ts';
import type { Gallery } from './records/gallery.ts';
import { addActionRoutes } from './routes/action-routes.ts';
import { addImageRoutes } from './routes/image-routes.ts';
import { addRunRoutes } from './routes/run-routes.ts';
import { addScalingRoutes } from './routes/scaling-routes.ts';
import { addScheduleRoutes } from './routes/schedule-routes.ts';
import type { LiveRuns } from './runs/live-runs.ts';
import type { RunActions } from './runs/run-actions.ts';
import type { RunCatalogue } from './runs/run-catalogue.ts';
import type { RunViews } from './runs/run-views.ts';
import type { ScheduleViews } from './schedules/schedule-views.ts';

/** Bytes of a request's body; the largest one there is names a source. */
const mostBodyBytes = 64 * 1024;
/** Requests of one address in a minute: a gallery that is scrolled without rest asks for some 3,000 pictures. */
const requestsAMinute = 12_000;
/** For a request's headers and body to come in. */
const requestTimeoutMs = 20_000;

export interface AppParts {
  readonly token: string;
  readonly catalogue: RunCatalogue;
  readonly views: RunViews;
  readonly live: LiveRuns;
  readonly gallery: Gallery;
  readonly pictures: PictureMaker;
  readonly cache: PictureCache;
  /** Null without a Redis: then there is nothing to do but to look. */
  readonly control: {
    readonly actions: RunActions;
    readonly queues: QueueViews;
    readonly schedules: ScheduleViews;
  } | null;
  /** Folders below which the images of a run may be read. */
  readonly fileRoots: (run: Run) => readonly string[];
  /** Null where there is no Redis. */
  readonly ledger: Ledger | null;
  readonly log: Logger;
}

/** @returns ready, not yet listening */
export async function buildApp(parts: AppParts) {
  const app = fastify({
    bodyLimit: mostBodyBytes,
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: 256 },
    forceCloseConnections: true,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (_request, reply) => void reply.headers(safetyHeaders));
  answerWithProblems(app, parts.log);
  await app.register(rateLimit, {
    max: requestsAMinute,
    timeWindow: 60_000,
    errorResponseBuilder: () =>
      new HttpProblem(
        429,
        'too_many_requests',
        `more than ${requestsAMinute} requests in a minute: wait a moment`,
      ),
  });
  await app.register(swagger, {
    openapi: {
      info: { title: 'labelmill', description: 'Runs, their images and labels.', version: '1' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  });
  const checkToken = tokenCheck(app, parts.token);
  // Its files' plugin is its own: bull-board brings another.
  await app.register(async (page) => servePage(page));
  const { control } = parts;
  const board = control === null ? null : await addBoard(app, control.queues, checkToken);
  await app.register(
    async (api) => {
      api.addHook('onRequest', checkToken);
      api.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'));
      addRunRoutes(api.withTypeProvider<ZodTypeProvider>(), parts);
      addImageRoutes(api.withTypeProvider<ZodTypeProvider>(), parts);
      addScalingRoutes(api.withTypeProvider<ZodTypeProvider>(), parts.ledger);
      addActionRoutes(api.withTypeProvider<ZodTypeProvider>(), parts, board);
      addScheduleRoutes(api.withTypeProvider<ZodTypeProvider>(), parts);
      api.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
    },
    { prefix: '/api' },
  );
  await app.ready();
  return app;
}
