/** Whether each kind of graph gives the CPU's labels, and ran where it should. */
import { join } from 'node:path';
import type { Bundle, GraphLayout } from '@labelmill/models/bundle-schema';
import { labelsGraph } from '@labelmill/models/labels-graph';
import { messageOf } from '@labelmill/shared/errors';
import type { Provider } from '@labelmill/worker/engine/protocol';
import { type Agreement, agreement } from './agreement.ts';
import { graphScores } from './graph-scores.ts';

export interface GraphCheck {
  readonly bundle: string;
  readonly layout: GraphLayout;
  /** Beside the fp32 graph on the CPU; null where the graph could not run, and then why. */
  readonly agreement: Agreement | null;
  /** Nodes by provider. */
  readonly placement: Readonly<Record<string, number>>;
  readonly failure: string | null;
}

/** @param bundles the first in fp32 */
export async function checkGraphs(
  bundles: readonly Bundle[],
  provider: Provider,
  batch: number,
  photos: readonly string[],
): Promise<GraphCheck[]> {
  const [fp32] = bundles as readonly [Bundle];
  const { preprocessing } = fp32.manifest;
  const request = { batch, preprocessing, photos };
  const reference = await graphScores({
    ...request,
    graph: join(fp32.folder, labelsGraph(fp32.manifest)!.file),
    provider: 'cpu',
  });
  const checks: GraphCheck[] = [];
  for (const { name, folder, manifest } of bundles) {
    const graphs = manifest.graphs.filter(
      (graph) =>
        graph.kind === 'labels' && graph.batch === batch && (graph.layout === 'nchw' || provider === 'cuda'),
    );
    for (const { file, layout } of graphs) {
      const check = { bundle: name, layout };
      try {
        const scores = await graphScores({ ...request, graph: join(folder, file), provider });
        const { placement } = scores;
        checks.push({ ...check, agreement: agreement(reference, scores), placement, failure: null });
      } catch (error) {
        checks.push({ ...check, agreement: null, placement: {}, failure: messageOf(error) });
      }
    }
  }
  return checks;
}
