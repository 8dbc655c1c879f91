/** Truth in the names of the images themselves. */
import { pathOf } from './path-of.ts';

/** `…/n01440764/10026.JPEG` shows what its folder is called. */
export function folderTruth(uri: string): string | undefined {
  return pathOf(uri).at(-2);
}

/** `n01440764_10026.JPEG`: ImageNet's training images begin with their WordNet id. */
export function nameTruth(uri: string): string | undefined {
  return /^(n\d{8})_/.exec(pathOf(uri).at(-1) ?? '')?.[1];
}
