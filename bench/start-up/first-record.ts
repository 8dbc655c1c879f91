/** One `./labelmill label` as a user types it: how long until its first records lie on disk, and until it ends. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { labelsGraph } from '@labelmill/models/labels-graph';
import { runScript } from '../child.ts';
import { watchLabelmill } from '../watched-command.ts';

export interface StartUp {
  readonly firstRecordSeconds: number;
  readonly endSeconds: number;
}

const lookMs = 5;

export async function startUp(bundle: Bundle, photos: readonly string[]): Promise<StartUp> {
  const work = await mkdtemp(join(tmpdir(), 'lm-'));
  try {
    const manifest = join(work, 'photos.txt');
    await writeFile(manifest, photos.join('\n'));
    const out = join(work, 'runs');
    const began = performance.now();
    const command = watchLabelmill(['label', manifest, '--model', bundle.folder, '--out', out], {});
    let running = true;
    const over = () => {
      running = false;
    };
    command.ended.then(over, over);
    while (running && !(await hasPart(out))) await delay(lookMs);
    const firstRecordSeconds = (performance.now() - began) / 1000;
    return { firstRecordSeconds, endSeconds: (await command.ended).seconds };
  } finally {
    await rm(work, { recursive: true });
  }
}

/** Seconds that a bare script takes from its start to its end. */
export async function bareStartUp(bundle: Bundle, photos: readonly string[]): Promise<number> {
  const work = await mkdtemp(join(tmpdir(), 'lm-'));
  try {
    const graph = join(bundle.folder, labelsGraph(bundle.manifest)!.file);
    const { crop } = bundle.manifest.preprocessing;
    const began = performance.now();
    const script = new URL('./bare-first.ts', import.meta.url);
    await runScript(script, [graph, String(crop), join(work, 'labels.json')], { input: photos.join('\n') });
    return (performance.now() - began) / 1000;
  } finally {
    await rm(work, { recursive: true });
  }
}

async function hasPart(out: string): Promise<boolean> {
  const [run] = await readdir(out).catch(() => []);
  if (run === undefined) return false;
  const names = await readdir(join(out, run, 'labels')).catch(() => [] as string[]);
  return names.some((name) => name.startsWith('part-'));
}
