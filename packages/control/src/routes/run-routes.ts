import { z } from 'zod';
import { runListSchema, runParams, runViewSchema, sampleSchema } from '../api-schema.ts';
import type { AppParts } from '../app.ts';
import { problems } from '../problem.ts';
import { readable } from '../runs/readable.ts';
import type { ApiScope } from './api-scope.ts';
import { eventStream } from './event-stream.ts';

const mostListed = 200;

/** Runs: the list, one of them, and one of them as it goes on. */
export function addRunRoutes(api: ApiScope, { catalogue, views, live }: AppParts): void {
  api.get(
    '/runs',
    { schema: { summary: 'Runs, newest first', response: { 200: runListSchema, ...problems } } },
    async () => {
      const newest = (await catalogue.ids()).slice(0, mostListed);
      const found = await Promise.all(newest.map((id) => readable(id, () => views.view(catalogue.run(id)))));
      return {
        runs: found.flatMap((each) => ('view' in each ? [each.view] : [])),
        unreadable: found.flatMap((each) => ('view' in each ? [] : [each])),
        redis: views.hasRedis,
      };
    },
  );
  api.get(
    '/runs/:run',
    { schema: { summary: 'One run', params: runParams, response: { 200: runViewSchema, ...problems } } },
    async ({ params }) => views.view(await catalogue.require(params.run)),
  );
  api.get(
    '/runs/:run/samples',
    {
      schema: {
        summary: 'How the run stood at moments that this server saw',
        params: runParams,
        response: { 200: z.object({ samples: z.array(sampleSchema) }), ...problems },
      },
    },
    async ({ params }) => ({ samples: live.samples(await catalogue.require(params.run)) }),
  );
  api.get(
    '/runs/:run/events',
    {
      schema: {
        summary: 'Server-sent events: `run` (the run as by /runs/{run}) and `sample`, about once a second',
        params: runParams,
      },
    },
    async ({ params }, reply) => {
      const run = await catalogue.require(params.run);
      return eventStream(reply, (signal) => live.follow(run, signal));
    },
  );
}
