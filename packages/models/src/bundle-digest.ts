/** The digest that names a bundle for good: over model.json, which holds the checksums of every other file. */
import { createHash } from 'node:crypto';
import { UsageError } from '@labelmill/shared/errors';
import type { DecodeMode } from '@labelmill/shared/schema/run';
import type { Bundle } from './bundle-schema.ts';

/** Far more than a bundle has; each level takes room on the stack. */
const deepest = 100;

/**
 * `sha256:<hex>` over the canonical JSON of a parsed model.json: keys sorted by code units, no white space. So neither
 * formatting nor the order of keys matters, and every value does, fields unknown to this version included.
 *
 * @throws UsageError `bad_bundle` for what is nested deeper than 100 levels
 */
export function bundleDigest(manifest: unknown): string {
  return digestOf(manifest);
}

/** What a run names of its bundle beside the whole, so that two bundles can be compared part by part. */
export interface BundleDigests {
  /** Over the weights files' checksums. */
  readonly weights: string;
  /** Over the checksums of all graphs, and what each is for. */
  readonly graph: string;
  /** Over how an image becomes the graph's input. */
  readonly preprocessing: string;
  /** Over the classes' ids and labels in index order. */
  readonly labelMap: string;
}

/**
 * Each `sha256:<hex>` over canonical JSON.
 * @param decode a run's way of decoding, part of its preprocessing; `exact` is the bundle's own and changes nothing
 */
export function bundleDigests({ manifest }: Bundle, decode: DecodeMode = 'exact'): BundleDigests {
  const { weights, graphs, preprocessing, classes } = manifest;
  return {
    weights: digestOf(weights),
    graph: digestOf(graphs),
    preprocessing: digestOf(decode === 'exact' ? preprocessing : { ...preprocessing, decode }),
    labelMap: digestOf(classes),
  };
}

function digestOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

function canonicalJson(value: unknown, depth = 0): string {
  if (depth > deepest) throw new UsageError('bad_bundle', `it is nested deeper than ${deepest} levels`);
  if (Array.isArray(value)) return `[${value.map((member) => canonicalJson(member, depth + 1)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member, depth + 1)}`);
  return `{${members.join(',')}}`;
}
