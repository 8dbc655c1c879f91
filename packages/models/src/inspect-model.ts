/** `model inspect`: a network's layers and costs, and a bundle's provenance. Needs no weights. */
import { UsageError } from '@labelmill/shared/errors';
import { type BundleDigests, bundleDigests } from './bundle-digest.ts';
import type { Bundle, BundleManifest } from './bundle-schema.ts';
import { catalogue } from './catalogue.ts';
import { resolveBundle } from './find-bundle.ts';
import { type PublishedWeights, publishedWeights } from './pull/published-weights.ts';
import type { Quantization } from './quantize/quantization-schema.ts';
import { type VggLayer, vggLayers } from './vgg-layers.ts';
import type { VggArchitecture } from './vgg-table.ts';

export interface InspectedLayer {
  readonly name: string;
  readonly kind: VggLayer['kind'];
  /** Side of a convolution's or pooling's window. */
  readonly kernel: number | null;
  /** [channels, height, width], or [features]. */
  readonly outputShape: readonly number[];
  readonly parameters: number;
  /** Multiply-accumulates for one image. */
  readonly macs: number;
  /** Side in pixels of what one output value sees of the input. */
  readonly receptiveField: number;
}

export interface InspectedNetwork {
  readonly architecture: VggArchitecture;
  readonly layers: readonly InspectedLayer[];
  readonly parameters: number;
  /** Of the convolutions alone. */
  readonly convParameters: number;
  readonly macs: number;
}

export interface InspectedBundle {
  readonly name: string;
  readonly digest: string;
  /** Of its parts. */
  readonly digests: BundleDigests;
  readonly folder: string;
  readonly precision: BundleManifest['precision'];
  readonly trained: boolean;
  readonly preprocessing: BundleManifest['preprocessing'];
  readonly weights: BundleManifest['weights'];
  readonly graphs: BundleManifest['graphs'];
  /** With origin, licence and, where it was published or measured, accuracy. */
  readonly provenance: BundleManifest['provenance'];
  /** Null where the bundle was not quantised. */
  readonly quantization: Quantization | null;
}

export interface Inspection {
  readonly model: string;
  /** Null for an adopted network, whose layers only its graph knows. */
  readonly network: InspectedNetwork | null;
  /** Null for a catalogue name without a bundle. */
  readonly bundle: InspectedBundle | null;
  /** What `model pull` would get for this model, with licence and accuracy. */
  readonly published: readonly PublishedWeights[];
}

/**
 * Inspects a bundle by name or path, or else a catalogue name of which there is no bundle.
 *
 * @throws UsageError as `resolveBundle` does where it is neither.
 */
export async function inspectModel(nameOrPath: string, folders: readonly string[]): Promise<Inspection> {
  const published = (await publishedWeights()).filter(({ model }) => model === nameOrPath);
  try {
    const bundle = await resolveBundle(nameOrPath, folders);
    const { model, architecture } = bundle.manifest;
    const network = architecture === undefined ? null : inspectNetwork(architecture);
    return { model, network, bundle: inspectBundle(bundle), published };
  } catch (error) {
    const entry = catalogue.get(nameOrPath);
    if (entry === undefined || !(error instanceof UsageError && error.code === 'unknown_model')) throw error;
    return { model: nameOrPath, network: inspectNetwork(entry.architecture), bundle: null, published };
  }
}

/** Layer table and totals of an architecture. */
export function inspectNetwork(architecture: VggArchitecture): InspectedNetwork {
  const layers = vggLayers(architecture).map((layer) => {
    const { name, kind, outputShape, parameters, macs, receptiveField } = layer;
    return {
      name,
      kind,
      kernel: 'kernel' in layer ? layer.kernel : null,
      outputShape,
      parameters,
      macs,
      receptiveField,
    };
  });
  const convolutions = layers.filter(({ kind }) => kind === 'conv');
  return {
    architecture,
    layers,
    parameters: layers.reduce((sum, { parameters }) => sum + parameters, 0),
    convParameters: convolutions.reduce((sum, { parameters }) => sum + parameters, 0),
    macs: layers.reduce((sum, { macs }) => sum + macs, 0),
  };
}

function inspectBundle(bundle: Bundle): InspectedBundle {
  const { name, digest, folder, manifest } = bundle;
  const { precision, trained, preprocessing, weights, graphs, provenance, quantization = null } = manifest;
  const digests = bundleDigests(bundle);
  return {
    name,
    digest,
    digests,
    folder,
    precision,
    trained,
    preprocessing,
    weights,
    graphs,
    provenance,
    quantization,
  };
}
