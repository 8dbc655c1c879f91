/** URIs of objects: how they are written, joined and ordered. */
import { resolve } from 'node:path';
import { fileUriOf } from './file-uri.ts';

const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i;

/** What a user typed, as a URI: a plain path (absolute, or relative to `cwd`) becomes a `file://` URI. */
export function toUri(pathOrUri: string, cwd: string): string {
  if (withScheme.test(pathOrUri)) return pathOrUri;
  return fileUriOf(Buffer.from(resolve(cwd, pathOrUri)));
}

/** `s3`, `file`, `https` …, in lower case; empty where there is none. */
export function schemeOf(uri: string): string {
  const end = uri.indexOf('://');
  return end > 0 ? uri.slice(0, end).toLowerCase() : '';
}

/** `name` (one or more plain segments such as `labels/part-00000000.jsonl`) inside `folder`, whose last slash may be missing. */
export function joinUri(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

/**
 * Orders keys by their UTF-8 bytes, as S3 does. JavaScript compares UTF-16 code units, which puts the surrogates of
 * U+10000 and above before U+E000 to U+FFFF; lifting them over that range gives the order of the bytes.
 */
export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return byteRank(x) - byteRank(y);
  }
  return a.length - b.length;
}

function byteRank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}
