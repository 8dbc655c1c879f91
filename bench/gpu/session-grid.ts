/** Bare session images/s of a bundle's fixed-batch graphs: layouts, batch sizes, one or two sessions. */
import { join } from 'node:path';
import type { Bundle, GraphLayout } from '@labelmill/models/bundle-schema';
import { messageOf } from '@labelmill/shared/errors';
import type { Provider } from '@labelmill/worker/engine/protocol';
import { bareSession } from '../bare-session.ts';

export interface GridPoint {
  readonly bundle: string;
  readonly layout: GraphLayout;
  readonly batch: number;
  readonly sessions: number;
  /** Null where it could not run, and then why. */
  readonly imagesPerSecond: number | null;
  readonly failure: string | null;
}

export interface GridOptions {
  readonly provider: Provider;
  readonly batches: readonly number[];
  /** Each point runs for this long. */
  readonly seconds: number;
}

/** Points in turn; one that fails (out of memory, a missing kernel) is a row of its own and ends nothing. */
export async function* sessionGrid(
  bundle: Bundle,
  { provider, batches, seconds }: GridOptions,
): AsyncGenerator<GridPoint> {
  const graphs = bundle.manifest.graphs.filter(
    ({ kind, layout, batch }) =>
      kind === 'labels' &&
      batch !== null &&
      batches.includes(batch) &&
      (layout === 'nchw' || provider === 'cuda'),
  );
  const { crop } = bundle.manifest.preprocessing;
  for (const { file, layout, batch } of graphs) {
    for (const sessions of [1, 2]) {
      const point = { bundle: bundle.name, layout, batch: batch!, sessions };
      try {
        const graph = join(bundle.folder, file);
        const milliseconds = await bareSession({
          graph,
          crop,
          provider,
          batch: batch!,
          sessions,
          threads: 1,
          seconds,
        });
        yield { ...point, imagesPerSecond: 1000 / milliseconds, failure: null };
      } catch (error) {
        yield { ...point, imagesPerSecond: null, failure: messageOf(error) };
      }
    }
  }
}

/** The fastest of those that ran. */
export function fastest(points: readonly GridPoint[]): GridPoint | undefined {
  return points
    .filter(({ imagesPerSecond }) => imagesPerSecond !== null)
    .sort((a, b) => b.imagesPerSecond! - a.imagesPerSecond!)[0];
}
