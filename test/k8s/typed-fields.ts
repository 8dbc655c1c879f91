/**
 * Objects of the Prometheus operator against the types that are generated from its source: each is written as a literal
 * of its type, and the compiler says which fields are unknown, missing or of another type.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../parts/labelmill.ts';
import type { Manifest } from './kustomize.ts';

const models = '@kubernetes-models/prometheus-operator';
const options = [
  '--noEmit',
  '--strict',
  '--skipLibCheck',
  '--module',
  'nodenext',
  '--types',
  '--ignoreConfig',
];

/** One line for each field that is wrong or unknown. */
export async function wrongByTypes(manifest: Manifest): Promise<string[]> {
  const { apiVersion, kind } = manifest;
  // Inside of the package whose dependency the types are.
  const folder = await mkdtemp(join(repository, 'test/.types-'));
  try {
    const file = join(folder, 'manifest.ts');
    const type = `import type { I${kind} } from '${models}/${apiVersion}/${kind}';`;
    await writeFile(file, `${type}\nexport const it: I${kind} = ${JSON.stringify(manifest, null, 1)};\n`);
    const tsc = join(repository, 'node_modules/.bin/tsc');
    await promisify(execFile)(tsc, [...options, file]);
    return [];
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string };
    const lines = stdout.split('\n').filter((line) => line.includes('error TS'));
    if (lines.length === 0) throw error;
    return lines.map((line) => `${kind} ${manifest.metadata.name}: ${line.replace(/^.*error TS\d+: /, '')}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
