import type { BundleManifest } from '@labelmill/models/bundle-schema';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import type { ImageResult } from '../engine/protocol.ts';

/** Significant digits of a score: float32 has about seven. */
const scoreDigits = 6;

export function recordOf(
  result: Exclude<ImageResult, { status: 'outage' }>,
  index: number,
  uri: string,
  classes: BundleManifest['classes'],
  topK: number,
): LabelRecord {
  const base = { index, uri, ...(result.version === null ? {} : { version: result.version }) };
  if (result.status === 'error') {
    const { code, message, retryable } = result;
    return { ...base, status: 'error', error: { code, message, retryable } };
  }
  const labels = result.indices.slice(0, topK).map((classIndex, place) => {
    const known = classes[classIndex];
    return {
      id: known?.id ?? String(classIndex),
      label: known?.label ?? String(classIndex),
      score: Number((result.scores[place] ?? 0).toPrecision(scoreDigits)),
    };
  });
  return { ...base, status: 'ok', labels };
}
