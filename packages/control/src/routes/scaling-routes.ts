import type { Ledger } from '@labelmill/shared/ledger/ledger';
import { workersWanted } from '@labelmill/shared/scaling/workers-wanted';
import { z } from 'zod';
import { HttpProblem, problems } from '../problem.ts';
import type { ApiScope } from './api-scope.ts';

const bundleParams = z.object({ bundle: z.string().max(200) });

const workersWantedSchema = z.object({
  /** 0: the queue's length counts. */
  workers: z.number(),
  imagesLeft: z.int(),
  imagesPerSecond: z.number().nullable(),
});

/** What KEDA's metrics-api scaler reads (k8s/components/keda-finish-in). @param ledger null where there is no Redis */
export function addScalingRoutes(api: ApiScope, ledger: Ledger | null): void {
  api.get(
    '/scaling/:bundle',
    {
      schema: {
        summary: 'Workers that the runs on a queue need to end when they should (enqueue --finish-in)',
        params: bundleParams,
        response: { 200: workersWantedSchema, ...problems },
      },
    },
    async ({ params }) => {
      if (ledger === null) throw new HttpProblem(503, 'no_redis', 'no Redis here knows what is on a queue');
      return workersWanted(ledger, params.bundle, Date.now());
    },
  );
}
