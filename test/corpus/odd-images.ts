/** Odd and broken images of other projects' tests, through the real command. None of them is in the repository. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import { OutcomeTable } from '../fuzz/outcome-table.ts';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

export interface OddImages {
  /** Paths of all files, in the order of their bytes. */
  readonly files: readonly string[];
  readonly records: readonly LabelRecord[];
  /** Exit statuses of `label` and `verify`. */
  readonly statuses: readonly (number | null)[];
  /** Outcomes by format, as the files' names say it. */
  readonly table: OutcomeTable;
}

const formats: Readonly<Record<string, string>> = {
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.png': 'png',
  '.apng': 'png',
  '.webp': 'webp',
  '.gif': 'gif',
  '.tif': 'tiff',
  '.tiff': 'tiff',
};

/** @param which `few` downloads 6 MB and needs a few seconds, `all` 67 MB */
export async function labelOddImages(which: 'few' | 'all'): Promise<OddImages> {
  const cache = join(repository, '.cache/odd-images', which);
  execFileSync('sh', [fileURLToPath(new URL('fetch-odd-images.sh', import.meta.url)), cache, which], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const source = join(cache, 'images');
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  await using out = await temporaryFolder();
  const label = ['label', source, '--include', '**', '--out', out.path, '--model', 'vgg-mini'];
  const labelled = await labelmill(label);
  const [run] = await runFolders(out.path);
  if (run === undefined) throw new Error(`there is no run: ${labelled.stderr}`);
  const verified = await labelmill(['verify', run, '--out', out.path]);
  const found = await records(run);
  const table = new OutcomeTable();
  for (const record of found) {
    const format = formats[extname(record.uri).toLowerCase()] ?? 'other';
    table.add(format, record.status === 'ok' ? 'ok' : record.error.code);
  }
  const statuses = [labelled.status, verified.status];
  return {
    files: files.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    records: found,
    statuses,
    table,
  };
}

/** What may become of an image for what is in it. */
const codesOfContent = ['empty', 'too_many_pixels', 'bad_aspect', 'unsupported_format', 'undecodable'];

/** Those that ended otherwise, as `code: URI`. */
export function unexpected(found: readonly LabelRecord[]): string[] {
  return found.flatMap((record) =>
    record.status === 'ok' || codesOfContent.includes(record.error.code)
      ? []
      : [`${record.error.code}: ${record.uri}`],
  );
}
