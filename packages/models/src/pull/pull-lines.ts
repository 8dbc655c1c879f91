/** The outcome of a pull as lines for a terminal. */
import type { PullResult } from './pull-model.ts';

export function pullLines({ status, bundle: { name, folder, manifest } }: PullResult): string[] {
  const { licence, accuracy } = manifest.provenance;
  return [
    status === 'pulled' ? `${name} is ready in ${folder}` : `${name} was there already, in ${folder}`,
    `licence   ${licence}`,
    ...(accuracy === undefined ? [] : [`accuracy  ${accuracy}`]),
  ];
}
