import { closeSync, openSync, writeSync } from 'node:fs';

/** Every URI is this long, and starts with the same 30 characters. */
export const uriBytes = 90;
const common = 's3://photos-of-2026/originals/';

/** Like real keys: a hash that compresses badly, a folder, a name; unlike its neighbours from the 31st character on. */
export function syntheticUri(index: number): string {
  const hash = (Math.imul(index + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
  const other = (Math.imul(index + 7, 0x85ebca6b) >>> 0).toString(16).padStart(8, '0');
  const name = String(index).padStart(uriBytes - common.length - 38, '0');
  return `${common}${hash}${other}/cameras/${other}_${name}.jpg`;
}

/** A manifest of `count` URIs as a text file, written piece by piece. */
export function writeManifest(path: string, count: number): void {
  const file = openSync(path, 'w');
  const piece = 10_000;
  for (let from = 0; from < count; from += piece) {
    const lines = Array.from({ length: Math.min(piece, count - from) }, (_, n) => syntheticUri(from + n));
    writeSync(file, `${lines.join('\n')}\n`);
  }
  closeSync(file);
}
