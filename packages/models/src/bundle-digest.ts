/** The digest that names a bundle for good: over model.json, which holds the checksums of every other file. */
import { createHash } from 'node:crypto';

/**
 * `sha256:<hex>` over the canonical JSON of a parsed model.json: keys sorted by code units, no white space. So neither
 * formatting nor the order of keys matters, and every value does, fields unknown to this version included.
 */
export function bundleDigest(manifest: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(manifest)).digest('hex')}`;
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
