/** A compaction of many records that is killed again and again makes the same files as one that is left alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { statSync, watch } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordSums } from '../../bench/compact/record-sums.ts';
import { writeSyntheticRun } from '../../bench/synthetic-run.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

const script = fileURLToPath(new URL('../parts/compact-child.ts', import.meta.url));
const images = 200_000;
const groupRows = '8192';
/** Five files or more of each. */
const fileBytes = { parquet: 2_000_000, jsonl: 16_000_000 } as const;
type Format = keyof typeof fileBytes;

describe('compact of 200,000 records', () => {
  let folder: TemporaryFolder;
  let run: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const photo = (index: number) => ({ uri: `s3://photos/${index}.jpg`, version: `"${index * 7919}` });
    run = join(folder.path, await writeSyntheticRun(folder.path, { source: 's3://photos/', images, photo }));
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const compactFolder = (format: Format) => join(run, 'compact', format);

  function compacting(format: Format, dieAt: string[] = [], crashAt = ''): ChildProcess {
    const args = ['--conditions=source', script, run, format, String(fileBytes[format]), groupRows, ...dieAt];
    const env = { ...process.env, LABELMILL_CRASH_AT: crashAt };
    return spawn(process.execPath, args, { env, stdio: 'inherit' });
  }

  async function expectKilled(child: ChildProcess): Promise<void> {
    expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
  }

  async function expectDone(child: ChildProcess): Promise<void> {
    expect(await once(child, 'close')).toEqual([0, null]);
  }

  /** Killed while a file's bytes are being written: when some of them are there, under the temporary name. */
  async function killWhileWriting(format: Format): Promise<void> {
    const to = compactFolder(format);
    const child = compacting(format);
    const watcher = watch(to, (_, name) => {
      if (name?.startsWith('.labelmill-tmp-') !== true) return;
      const size = statSync(join(to, name), { throwIfNoEntry: false })?.size ?? 0;
      // The plan has a temporary file too, of a few bytes.
      if (size > 1000) child.kill('SIGKILL');
    });
    await expectKilled(child);
    watcher.close();
  }

  /** Digest and time of each file, by name. */
  async function filesIn(format: Format): Promise<Map<string, { digest: string; changed: number }>> {
    const files = new Map<string, { digest: string; changed: number }>();
    for (const name of (await readdir(compactFolder(format))).sort()) {
      if (name.startsWith('.labelmill-tmp-')) continue;
      const path = join(compactFolder(format), name);
      const digest = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      files.set(name, { digest, changed: (await stat(path)).mtimeMs });
    }
    return files;
  }

  const recordFiles = (names: Iterable<string>) => [...names].filter((name) => name.startsWith('records-'));

  it.each(Object.keys(fileBytes) as Format[])(
    'as %s, killed in and between files',
    { timeout: 180_000 },
    async (format) => {
      await expectDone(compacting(format));
      const wanted = await filesIn(format);
      expect(recordFiles(wanted.keys()).length).toBeGreaterThanOrEqual(5);
      const paths = recordFiles(wanted.keys()).map((name) => join(compactFolder(format), name));
      const parts = (await readdir(join(run, 'labels'))).sort().map((name) => join(run, 'labels', name));
      expect(await recordSums(format, paths)).toBe(await recordSums('jsonl', parts));
      await rm(compactFolder(format), { recursive: true });

      const kills = [
        () => expectKilled(compacting(format, ['10000'])),
        () => expectKilled(compacting(format, [], 'compact-file-created:1')),
        () => killWhileWriting(format),
        () => expectKilled(compacting(format, ['130000'])),
        () => expectKilled(compacting(format, [], 'compact-file-created:1')),
        () => expectKilled(compacting(format, ['199000'])),
        () => expectKilled(compacting(format, [], 'compact-closed')),
      ];
      let before = new Map<string, { digest: string; changed: number }>();
      for (const kill of kills) {
        await kill();
        const after = await filesIn(format);
        // Nothing that was there is lost or written again, and nothing but whole files comes.
        for (const [name, file] of before) expect(after.get(name), name).toEqual(file);
        for (const [name, { digest }] of after) expect(digest, name).toBe(wanted.get(name)?.digest);
        before = after;
      }
      await expectDone(compacting(format));
      const digests = (files: typeof wanted) => [...files].map(([name, { digest }]) => [name, digest]);
      expect(digests(await filesIn(format))).toEqual(digests(wanted));
    },
  );
});
