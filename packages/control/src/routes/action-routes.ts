/** What changes runs: only where there is a Redis to do it over. */
import { z } from 'zod';
import { resumeBody, retryBody, startBody } from '../action-schema.ts';
import { queuesSchema, runParams, startedSchema } from '../api-schema.ts';
import type { AppParts } from '../app.ts';
import { problems } from '../problem.ts';
import type { Board } from '../queues/board.ts';
import { readable } from '../runs/readable.ts';
import type { ApiScope } from './api-scope.ts';
import { required } from './required.ts';

const done = z.object({ run: z.string() });

export function addActionRoutes(
  api: ApiScope,
  { catalogue, views, control }: AppParts,
  board: Board | null,
): void {
  const needRedis = () => required(control);
  api.post(
    '/runs',
    { schema: { summary: 'Start a run', body: startBody, response: { 201: startedSchema, ...problems } } },
    async ({ body }, reply) => {
      const { actions } = needRedis();
      const earlier = body.against === undefined ? null : await catalogue.require(body.against);
      return reply.code(201).send(await actions.start(body, earlier));
    },
  );
  for (const [name, state] of [
    ['pause', 'paused'],
    ['cancel', 'cancelled'],
  ] as const) {
    api.post(
      `/runs/:run/${name}`,
      { schema: { summary: `${name} a run`, params: runParams, response: { 200: done, ...problems } } },
      async ({ params }) => {
        const { actions } = needRedis();
        await actions.hold(await catalogue.require(params.run), state);
        return { run: params.run };
      },
    );
  }
  api.post(
    '/runs/:run/resume',
    {
      schema: {
        summary: 'Go on with a run',
        params: runParams,
        body: resumeBody,
        response: { 200: done, ...problems },
      },
    },
    async ({ params, body }) => {
      const { actions } = needRedis();
      await actions.resume(await catalogue.require(params.run), body?.maxErrorRate);
      return { run: params.run };
    },
  );
  api.post(
    '/runs/:run/retry',
    {
      schema: {
        summary: "Label the images of a complete run's error records again",
        params: runParams,
        body: retryBody,
        response: { 200: done.extend({ images: z.int() }), ...problems },
      },
    },
    async ({ params, body }) => {
      const { actions } = needRedis();
      const images = await actions.retry(await catalogue.require(params.run), body?.errors ?? 'retryable');
      return { run: params.run, images };
    },
  );
  api.get(
    '/queues',
    { schema: { summary: 'Queues and the workers on them', response: { 200: queuesSchema, ...problems } } },
    async () => {
      const { queues } = needRedis();
      const runs = await Promise.all(
        (await catalogue.ids()).slice(0, 200).map((id) => readable(id, () => views.asked(catalogue.run(id)))),
      );
      const names = runs.flatMap((run) => ('view' in run ? [run.view.bundle.name] : []));
      const found = await queues.view(names);
      board?.update();
      return { queues: found };
    },
  );
}
