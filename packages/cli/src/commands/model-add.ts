import { resolve } from 'node:path';
import { adoptModel } from '@labelmill/models/adopt/adopt-model';
import { adoptionLines } from '@labelmill/models/adopt/adoption-lines';
import { readLabels } from '@labelmill/models/adopt/read-labels';
import { scaledNormalisation } from '@labelmill/models/adopt/scaled-normalisation';
import type { Channels } from './channels.ts';
import type { CommandContext } from './context.ts';

export interface AddOptions {
  readonly name: string;
  readonly size?: number;
  readonly resize?: number;
  readonly mean?: Channels;
  readonly std?: Channels;
  readonly scale?: number;
  readonly channels?: 'rgb' | 'bgr';
  readonly labels?: string;
  readonly activation?: 'softmax' | 'sigmoid' | 'none';
  readonly output?: string;
  readonly licence?: string;
  readonly json?: boolean;
}

/** `labelmill model add FILE --name N`: adopts any ONNX image classifier, checked against the original. */
export async function add(file: string, options: AddOptions, context: CommandContext): Promise<void> {
  const { settings, console, cwd } = context;
  const { name, labels, mean, std, scale, licence, json: _json, ...choices } = options;
  const own = mean !== undefined || std !== undefined || scale !== undefined;
  // Native code: loaded only by the commands that run graphs in this process.
  const { openGraph } = await import('@labelmill/models/adopt/onnxruntime-graph');
  const adopted = await adoptModel({
    ...choices,
    file: resolve(cwd, file),
    name,
    folder: settings.userModels,
    openGraph,
    ...(labels === undefined ? {} : { classes: await readLabels(resolve(cwd, labels)) }),
    ...(own
      ? { normalisation: scaledNormalisation(mean ?? [0, 0, 0], std ?? [1, 1, 1], scale ?? 1 / 255) }
      : {}),
    ...(licence === undefined ? {} : { provenance: { licence } }),
  });
  const { bundle, check } = adopted;
  if (options.json)
    console.out(JSON.stringify({ name: bundle.name, digest: bundle.digest, folder: bundle.folder, check }));
  else for (const line of adoptionLines(adopted)) console.out(line);
}
