/**
 * Child process: a graph's scores for photos, and on which provider each of its nodes ran.
 *
 * usage: graph-scores.ts REQUEST, as JSON
 *
 * The engine's own session options, so that on CUDA a node that lands on the CPU makes it fail; the profile then says
 * what did run where.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Preprocessing } from '@labelmill/models/bundle-schema';
import type { Provider } from '@labelmill/worker/engine/protocol';
import { sessionOptions } from '@labelmill/worker/engine/session-options';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { runScript } from '../child.ts';
import { pixelsOf } from '../quantize/pixels.ts';

export interface ScoresRequest {
  readonly graph: string;
  readonly provider: Provider;
  /** Of every run; the last one is padded. */
  readonly batch: number;
  readonly preprocessing: Preprocessing;
  readonly photos: readonly string[];
}

export interface GraphScores {
  /** For each photo, best first. */
  readonly images: readonly { readonly scores: readonly number[]; readonly classes: readonly number[] }[];
  /** Nodes that ran, by provider. */
  readonly placement: Readonly<Record<string, number>>;
}

export async function graphScores(request: ScoresRequest): Promise<GraphScores> {
  return JSON.parse(await runScript(new URL(import.meta.url), [JSON.stringify(request)])) as GraphScores;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const scores = await compute(JSON.parse(process.argv[2] ?? '') as ScoresRequest);
  process.stdout.write(JSON.stringify(scores));
}

async function compute({
  graph,
  provider,
  batch,
  preprocessing,
  photos,
}: ScoresRequest): Promise<GraphScores> {
  const folder = await mkdtemp(join(tmpdir(), 'lm-profile-'));
  try {
    const session = await InferenceSession.create(graph, {
      ...sessionOptions(provider, 2),
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
    });
    const { crop } = preprocessing;
    const pixels = new Uint8Array(Math.ceil(photos.length / batch) * batch * crop * crop * 3);
    let place = 0;
    for await (const one of pixelsOf(photos, preprocessing)) {
      pixels.set(one, place);
      place += one.length;
    }
    const images: { scores: number[]; classes: number[] }[] = [];
    for (let first = 0; first < photos.length; first += batch) {
      const rows = pixels.subarray(first * crop * crop * 3, (first + batch) * crop * crop * 3);
      const { score, index } = await session.run({
        image: new Tensor('uint8', rows, [batch, crop, crop, 3]),
      });
      const k = score!.dims[1]!;
      for (let row = 0; row < Math.min(batch, photos.length - first); row++) {
        images.push({
          scores: Array.from((score!.data as Float32Array).subarray(row * k, (row + 1) * k)),
          classes: Array.from((index!.data as BigInt64Array).subarray(row * k, (row + 1) * k), Number),
        });
      }
    }
    session.endProfiling();
    return { images, placement: await placementIn(folder) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly args?: { readonly provider?: string };
}

/** Each node once, however often it ran. */
async function placementIn(folder: string): Promise<Record<string, number>> {
  const [file = ''] = await readdir(folder);
  const events = JSON.parse(await readFile(join(folder, file), 'utf8')) as ProfileEvent[];
  const nodes = new Map<string, string>();
  for (const { cat, name, args } of events) {
    if (cat === 'Node' && args?.provider !== undefined) nodes.set(name, args.provider);
  }
  const counts: Record<string, number> = {};
  for (const provider of nodes.values()) counts[provider] = (counts[provider] ?? 0) + 1;
  return counts;
}
