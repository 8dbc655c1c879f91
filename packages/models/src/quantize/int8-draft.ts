/** model.json of an int8 bundle: its float32 bundle's, but for files and provenance, and with the report. */
import type { Bundle } from '../bundle-schema.ts';
import type { BundleDraft } from '../create-bundle.ts';
import type { Quantization } from './quantization-schema.ts';

/** What is said of the float32 bundle's accuracy is marked as such. */
export function int8Draft(
  { name, digest, manifest }: Bundle,
  report: Quantization,
  files: { readonly weights: readonly string[]; readonly graph: string },
): BundleDraft {
  const { accuracy, notes, ...provenance } = manifest.provenance;
  const origin = `quantised from ${name} ${digest}`;
  return {
    ...manifest,
    precision: 'int8',
    weights: files.weights,
    graphs: [{ file: files.graph, batch: null }],
    provenance: {
      ...provenance,
      ...(accuracy === undefined ? {} : { accuracy: `${name}: ${accuracy}` }),
      notes: notes === undefined ? origin : `${notes}; ${origin}`,
    },
    quantization: report,
  };
}
