/** One `labelmill label` in a process of its own, as a user types it, timed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScript } from './child.ts';

export interface LabelRun {
  /** From the engine being ready to the last image. */
  readonly imagesPerSecond: number;
  /** From the command to its end. */
  readonly wallSeconds: number;
  /** Of that, before the engine was ready and after the last image. */
  readonly startUpSeconds: number;
}

/**
 * @param bundle folder of the bundle
 * @param photos paths or URIs
 * @param env what the command needs to read them
 */
export async function labelPhotos(
  bundle: string,
  photos: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<LabelRun> {
  const work = await mkdtemp(join(tmpdir(), 'lm-bench-'));
  try {
    const manifest = join(work, 'photos.txt');
    await writeFile(manifest, photos.join('\n'));
    return await labelSource(bundle, manifest, env);
  } finally {
    await rm(work, { recursive: true });
  }
}

/** The same for whatever `label` takes as its source. */
export async function labelSource(
  bundle: string,
  source: string,
  env: NodeJS.ProcessEnv = {},
): Promise<LabelRun> {
  const out = await mkdtemp(join(tmpdir(), 'lm-bench-'));
  try {
    const cli = new URL('../packages/cli/src/main.ts', import.meta.url);
    const began = performance.now();
    const args = ['label', source, '--model', bundle, '--out', out, '--json'];
    const printed = await runScript(cli, args, { env });
    const wallSeconds = (performance.now() - began) / 1000;
    const { seconds, imagesPerSecond } = JSON.parse(printed) as { seconds: number; imagesPerSecond: number };
    return { imagesPerSecond, wallSeconds, startUpSeconds: wallSeconds - seconds };
  } finally {
    await rm(out, { recursive: true });
  }
}
