/** Where a run's files lie below its folder. */
import { joinUri } from '../store/uri.ts';

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
  part: (run: string, seq: number) => joinUri(run, `labels/part-${padded(seq)}.jsonl`),
  retriesFolder: (run: string) => joinUri(run, 'retries/'),
  /** What a retry (from 1) does again. */
  retryPlan: (run: string, generation: number) => joinUri(run, `retries/${padded(generation)}/plan.json`),
  /** The part as that retry made it; `labels/` shows the latest. */
  retryPart: (run: string, generation: number, seq: number) =>
    joinUri(run, `retries/${padded(generation)}/part-${padded(seq)}.jsonl`),
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

/** The chunk whose part this is, or null where the name is not a part's. */
export function partSeq(uri: string): number | null {
  const match = /\/labels\/part-(\d{8,})\.jsonl$/.exec(uri);
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** Which retry made this part of which chunk, or null where the name is not such a part's. */
export function retryPartOf(uri: string): { generation: number; seq: number } | null {
  const match = /\/retries\/(\d{8,})\/part-(\d{8,})\.jsonl$/.exec(uri);
  return match === null ? null : { generation: Number(match[1]), seq: Number(match[2]) };
}

/** The chunk whose features these are, or null likewise. */
export function featuresSeq(uri: string): number | null {
  const match = /\/features\/part-(\d{8,})(?:-retry-\d{8,})?\.parquet$/.exec(uri);
  return match?.[1] === undefined ? null : Number(match[1]);
}
