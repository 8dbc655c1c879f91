/** Where a run's files lie below its folder. */
import type { PartFormat, Run } from '../schema/run.ts';
import { joinUri } from '../store/uri.ts';

/** What the names of a run's parts depend on. */
type Parts = Pick<Run, 'partFormat'>;

const padded = (n: number) => String(n).padStart(8, '0');

export const runFolder = {
  runJson: (run: string) => joinUri(run, 'run.json'),
  manifestFolder: (run: string) => joinUri(run, 'manifest/'),
  segment: (run: string, segment: number) => joinUri(run, `manifest/${padded(segment)}.jsonl.gz`),
  /** Of a run that is compared with another: its steps, with the images that are carried. */
  carried: (run: string, step: number) => joinUri(run, `manifest/carried-${padded(step)}.jsonl.gz`),
  /** Written once the listing has ended: how many segments, chunks and images there are. */
  listed: (run: string) => joinUri(run, 'manifest/listed.json'),
  labelsFolder: (run: string) => joinUri(run, 'labels/'),
  part: (run: string, seq: number, { partFormat }: Parts) =>
    joinUri(run, `labels/part-${padded(seq)}.${partFormat}`),
  retriesFolder: (run: string) => joinUri(run, 'retries/'),
  /** What a retry (from 1) does again. */
  retryPlan: (run: string, generation: number) => joinUri(run, `retries/${padded(generation)}/plan.json`),
  /** The part as that retry made it; `labels/` shows the latest. */
  retryPart: (run: string, generation: number, seq: number, { partFormat }: Parts) =>
    joinUri(run, `retries/${padded(generation)}/part-${padded(seq)}.${partFormat}`),
  featuresFolder: (run: string) => joinUri(run, 'features/'),
  /** A chunk's features, and those that a retry (from 1) added: each created before the part that goes with it. */
  features: (run: string, seq: number, generation: number) =>
    joinUri(
      run,
      `features/part-${padded(seq)}${generation === 0 ? '' : `-retry-${padded(generation)}`}.parquet`,
    ),
  summary: (run: string) => joinUri(run, 'summary.json'),
  success: (run: string) => joinUri(run, '_SUCCESS'),
} as const;

/** Which step's file this is, or null where the name is not such a file's. */
export function carriedStep(uri: string): number | null {
  const match = /\/manifest\/carried-(\d{8,})\.jsonl\.gz$/.exec(uri);
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** The chunk whose part this is, or null where the name is not that of a part of this run. */
export function partSeq(uri: string, { partFormat }: Parts): number | null {
  const match = /\/labels\/part-(\d{8,})\.(\w+)$/.exec(uri);
  return match?.[1] === undefined || match[2] !== partFormat ? null : Number(match[1]);
}

/** Which retry made this part of which chunk, or null likewise. */
export function retryPartOf(uri: string, { partFormat }: Parts): { generation: number; seq: number } | null {
  const match = /\/retries\/(\d{8,})\/part-(\d{8,})\.(\w+)$/.exec(uri);
  return match === null || match[3] !== partFormat
    ? null
    : { generation: Number(match[1]), seq: Number(match[2]) };
}

export function partFormatOf(part: string): PartFormat {
  return part.endsWith('.parquet') ? 'parquet' : 'jsonl';
}

/** The chunk whose features these are, or null likewise. */
export function featuresSeq(uri: string): number | null {
  const match = /\/features\/part-(\d{8,})(?:-retry-\d{8,})?\.parquet$/.exec(uri);
  return match?.[1] === undefined ? null : Number(match[1]);
}
