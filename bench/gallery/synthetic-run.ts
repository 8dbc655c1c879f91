/** A complete run of any size in a folder, whose records name a few real photos over and over. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FileStore } from '@labelmill/shared/store/file-store';
import type { ObjectEntry } from '@labelmill/shared/store/object-store';

const chunkSize = 256;
const classes = 1_000;

/** @returns the run's id */
export async function writeSyntheticRun(
  out: string,
  photos: string,
  names: readonly string[],
  images: number,
) {
  const id = '20260101-000000000-synth';
  const folder = join(out, id);
  await mkdir(join(folder, 'labels'), { recursive: true });
  const store = new FileStore(null);
  const heads = await Promise.all(names.map((name) => store.head(pathToFileURL(join(photos, name)).href)));
  const found = heads.filter((head) => head !== null);
  const photo = (index: number) => found[index % found.length]!;
  for (let first = 0; first < images; first += chunkSize) {
    const lines: string[] = [];
    for (let index = first; index < Math.min(images, first + chunkSize); index++) {
      lines.push(`${JSON.stringify(recordOf(index, photo(index)))}\n`);
    }
    const part = `part-${String(first / chunkSize).padStart(8, '0')}.jsonl`;
    await writeFile(join(folder, 'labels', part), lines.join(''));
  }
  await writeFile(join(folder, 'run.json'), JSON.stringify(runOf(id, photos)));
  await writeFile(join(folder, 'summary.json'), JSON.stringify(summaryOf(id, images)));
  await writeFile(join(folder, '_SUCCESS'), '');
  return id;
}

/** Every thousandth image is an error; scores and classes by arithmetic, so that every band and class is there. */
const isError = (index: number) => index % 1_000 === 999;

function recordOf(index: number, { uri, version }: ObjectEntry): object {
  if (isError(index)) {
    return {
      index,
      uri,
      version,
      status: 'error',
      error: { code: 'undecodable', message: 'synthetic', retryable: false },
    };
  }
  const best = ((index * 7919) % 10_000) / 10_000;
  const labels = Array.from({ length: 5 }, (_, place) => {
    const number = (index * 31 + place) % classes;
    return {
      id: `n${String(number).padStart(8, '0')}`,
      label: `class number ${number}`,
      score: best / (place + 1),
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

function runOf(id: string, photos: string): object {
  const source = { kind: 'listing', uri: pathToFileURL(`${photos}/`).href, include: [], exclude: [] };
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
