/** The GPU bench's figures as one table. */
import type { Provider } from '@labelmill/worker/engine/protocol';
import type { Check, Report } from '../report.ts';
import type { TorchRate } from '../torch-loop.ts';
import type { EngineRun } from './engine-run.ts';
import type { GraphCheck } from './graph-checks.ts';
import { fastest, type GridPoint } from './session-grid.ts';

export interface GpuFigures {
  readonly gpu: string;
  readonly provider: Provider;
  readonly model: string;
  readonly points: readonly GridPoint[];
  readonly checks: readonly GraphCheck[];
  /** `limit`: images/s of the bare session or the bare decode loop, whichever is less. */
  readonly runs: readonly (EngineRun & { readonly bundle: string; readonly limit: number | null })[];
  /** PyTorch's rate, or why there is none. */
  readonly torch: TorchRate | string;
  readonly decodeMs: number;
  readonly cores: number;
}

/** Files to labels ÷ the lesser of bare decoding and bare sessions. */
const fromFilesBar = 0.9;

export function gpuReport(figures: GpuFigures): Report {
  const { gpu, provider, model, points, checks, runs, torch, decodeMs, cores } = figures;
  const best = fastest(points);
  const rows = [
    ...points.map(({ bundle, layout, batch, sessions, imagesPerSecond, failure }) => [
      `bare session, ${bundle} ${layout}, batch ${batch}, ${sessions === 1 ? 'one session' : 'two sessions'}`,
      imagesPerSecond === null ? `failed: ${firstLine(failure)}` : imagesPerSecond.toFixed(0),
    ]),
    ...checks.flatMap(({ bundle, layout, agreement, placement, failure }) => [
      [
        `${bundle} ${layout} beside fp32 on the CPU`,
        agreement === null
          ? `failed: ${firstLine(failure)}`
          : `best class the same for ${(100 * agreement.sameBest).toFixed(1)} % of the photos; scores within ${(100 * agreement.largestRelative).toFixed(2)} %`,
      ],
      [
        `${bundle} ${layout}, nodes by provider`,
        Object.entries(placement)
          .map(([name, count]) => `${name} ${count}`)
          .join(', '),
      ],
    ]),
    [`bare decode loop, ${cores} cores`, (1000 / decodeMs).toFixed(0)],
    ...runs.map(({ bundle, graph, imagesPerSecond }) => [
      `files to labels, ${bundle} (${graph})`,
      imagesPerSecond.toFixed(0),
    ]),
    [
      `PyTorch fp16${typeof torch === 'string' ? '' : `, ${torch.setting}`}, bare loop`,
      typeof torch === 'string' ? `none: ${firstLine(torch)}` : torch.imagesPerSecond.toFixed(0),
    ],
  ];
  return {
    title: 'On a GPU',
    command: `sh run.sh, in a folder that bench/gpu/pack.ts made${provider === 'cpu' ? ', with --provider cpu' : ''}`,
    about: `GPU: ${gpu}. ${model} with untrained weights where none ship; images/s where nothing else is said.${best === undefined ? '' : ` Fastest: ${best.bundle}, ${best.layout}, batch ${best.batch}, ${best.sessions === 1 ? 'one session' : 'two sessions'}.`}`,
    columns: ['what', 'figure'],
    rows,
    checks: [
      ...(provider === 'cpu' ? [] : checks.flatMap(shareOnCuda)),
      ...runs.flatMap(({ bundle, imagesPerSecond, limit }): Check[] =>
        limit === null
          ? []
          : [
              {
                what: `${bundle}, files to labels ÷ limit`,
                figure: imagesPerSecond / limit,
                bar: fromFilesBar,
              },
            ],
      ),
    ],
    data: figures,
  };
}

/** All of a graph's nodes must have run on the GPU. */
function shareOnCuda({ bundle, layout, placement, failure }: GraphCheck): Check[] {
  if (failure !== null) return [];
  const nodes = Object.values(placement).reduce((sum, count) => sum + count, 0);
  const figure = (placement.CUDAExecutionProvider ?? 0) / nodes;
  return [{ what: `${bundle} ${layout}, share of nodes on CUDA`, figure, bar: 1 }];
}

function firstLine(text: string | null): string {
  return (text ?? '').trim().split('\n').at(-1) ?? '';
}
