import type { Bundle } from '@labelmill/models/bundle-schema';
import { originFolder } from '@labelmill/shared/run/carried-records';
import type { DecodeMode, Emit, Run } from '@labelmill/shared/schema/run';

/** An earlier run that a new one is compared with. */
export interface Against {
  readonly run: Run;
  /** URI of its folder, ending in `/`. */
  readonly folder: string;
}

/** Why nothing of an earlier run can be carried into one that asks for this; null where its records can. */
export function whyAllAgain(
  { run }: Against,
  request: { bundle: Bundle; topK: number; emit: readonly Emit[]; decode: DecodeMode },
): string | null {
  const { bundle, topK, emit, decode } = request;
  if (run.bundle.digest !== bundle.digest)
    return run.bundle.name === bundle.name
      ? `${bundle.name} is not what it was then`
      : `it was labelled with ${run.bundle.name}`;
  if (run.topK !== topK) return `it has ${run.topK} labels for each image`;
  if (run.preprocessing.decode !== decode) return `it was decoded ${run.preprocessing.decode}`;
  const missing = emit.filter((what) => !run.emit.includes(what));
  return missing.length > 0 ? `it has no ${missing.join(' and no ')}` : null;
}

/** What run.json says of it, in a run of this folder: where every record that may be carried is. */
export function againstOf({ run, folder }: Against, output: string): NonNullable<Run['against']> {
  const folders: Record<string, string> = {};
  for (const id of Object.keys(run.against?.folders ?? {}))
    folders[id] = beside(originFolder(run, folder, id), output);
  return { run: run.id, folders: { ...folders, [run.id]: beside(folder, output) } };
}

/** A folder below the same output is named relative to the run, so that the output can be moved. */
function beside(folder: string, output: string): string {
  const name = folder.startsWith(output) ? folder.slice(output.length) : '';
  return /^[^/]+\/$/.test(name) ? `../${name}` : folder;
}
