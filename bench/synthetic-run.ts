/** A complete run of any size in a folder, without anything having been labelled. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const chunkSize = 256;
const classes = 1_000;

export interface SyntheticRun {
  /** URI of the prefix that the run says it listed. */
  readonly source: string;
  readonly images: number;
  /** What the record of an image names. */
  photo(index: number): Photo;
}

export interface Photo {
  readonly uri: string;
  readonly version: string | null;
}

/** Below `out`, like a run that ended. @returns the run's id */
export async function writeSyntheticRun(out: string, { source, images, photo }: SyntheticRun) {
  const id = '20260101-000000000-synth';
  const folder = join(out, id);
  await mkdir(join(folder, 'labels'), { recursive: true });
  for (let first = 0; first < images; first += chunkSize) {
    const lines: string[] = [];
    for (let index = first; index < Math.min(images, first + chunkSize); index++) {
      lines.push(`${JSON.stringify(recordOf(index, photo(index)))}\n`);
    }
    const part = `part-${String(first / chunkSize).padStart(8, '0')}.jsonl`;
    await writeFile(join(folder, 'labels', part), lines.join(''));
  }
  await writeFile(join(folder, 'run.json'), JSON.stringify(runOf(id, source)));
  await writeFile(join(folder, 'summary.json'), JSON.stringify(summaryOf(id, images)));
  await writeFile(join(folder, '_SUCCESS'), '');
  return id;
}

/** Every thousandth image is an error; scores and classes by arithmetic, so that every band and class is there. */
const isError = (index: number) => index % 1_000 === 999;

/** Knuth's multiplicative hash: neighbours get numbers far apart, so that nothing compresses better than real records. */
const hash = (number: number) => Math.imul(number, 2_654_435_761) >>> 0;

function recordOf(index: number, { uri, version }: Photo): object {
  if (isError(index)) {
    const error = { code: 'undecodable', message: 'synthetic', retryable: false };
    return { index, uri, version, status: 'error', error };
  }
  const first = hash(index);
  const best = first / 2 ** 32;
  const labels = Array.from({ length: 5 }, (_, place) => {
    const number = (first + place * 197) % classes;
    const some = place === 0 ? 0 : hash(index * 5 + place) / 2 ** 32;
    // Six digits, as real scores have.
    const score = (best * (1 - 0.1 * some)) / (place + 1);
    return {
      id: `n${String(number).padStart(8, '0')}`,
      label: `class number ${number}`,
      score: Number(score.toPrecision(6)),
    };
  });
  return { index, uri, version, status: 'ok', labels };
}

const digest = `sha256:${'0'.repeat(64)}`;
const bundle = {
  name: 'synthetic-fp32',
  digest,
  digests: { weights: digest, graph: digest, preprocessing: digest, labelMap: digest },
  trained: false,
};
const created = '2026-01-01T00:00:00.000Z';

function runOf(id: string, uri: string): object {
  const source = { kind: 'listing', uri, include: [], exclude: [] };
  return { format: 1, id, created, source, bundle, preprocessing: {}, topK: 5, chunkSize, createOnce: true };
}

function summaryOf(id: string, images: number): object {
  const error = Math.floor(images / 1_000);
  const counts = {
    listed: images,
    ok: images - error,
    error,
    errors: error > 0 ? { undecodable: error } : {},
  };
  return { run: id, bundle, ...counts, chunks: Math.ceil(images / chunkSize), created, finished: created };
}
