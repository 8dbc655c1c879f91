/** The batch size that was found quickest, remembered for this machine and bundle in the user's cache folder. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Provider } from '@labelmill/worker/engine/protocol';
import { z } from 'zod';

/** What a batch size was found for. */
export interface BatchCase {
  /** The bundle's digest. */
  readonly bundle: string;
  readonly provider: Provider;
  /** The processor's name. */
  readonly cpu: string;
  readonly cores: number;
}

const rememberedSchema = z.object({ batch: z.int().positive() });

export async function rememberedBatch(folder: string, found: BatchCase): Promise<number | null> {
  try {
    return rememberedSchema.parse(JSON.parse(await readFile(fileOf(folder, found), 'utf8'))).batch;
  } catch {
    // Nothing remembered, or nothing readable: it is found again.
    return null;
  }
}

/** @returns false where the cache cannot be written (a pod's read-only disk): it is found again each time then */
export async function rememberBatch(folder: string, found: BatchCase, batch: number): Promise<boolean> {
  const file = fileOf(folder, found);
  const unfinished = `${file}.${randomUUID()}`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(unfinished, `${JSON.stringify({ ...found, batch })}\n`);
    await rename(unfinished, file);
    return true;
  } catch {
    return false;
  }
}

function fileOf(folder: string, { bundle, provider, cpu, cores }: BatchCase): string {
  const name = createHash('sha256')
    .update(JSON.stringify([bundle, provider, cpu, cores]))
    .digest('hex');
  return join(folder, `${name.slice(0, 32)}.json`);
}
