/** `model add`: a foreign ONNX classifier becomes a bundle. */
import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { UsageError } from '@labelmill/shared/errors';
import { type GraphProto, ModelProtoSchema } from 'onnx-buf';
import type { Bundle, BundleManifest } from '../bundle-schema.ts';
import { createBundle } from '../create-bundle.ts';
import { fileDigest } from '../file-digest.ts';
import { imagenetClasses, labelled } from '../imagenet-classes.ts';
import { type Adoption, type AdoptionChoices, planAdoption } from './adoption-plan.ts';
import { stripSpatial } from './batch-norm-spatial.ts';
import { type AdoptionCheck, checkAdoption } from './check-adoption.ts';
import { freeBatch } from './free-batch.ts';
import { movableTensors, moveWeights } from './move-weights.ts';
import type { OpenGraph } from './open-graph.ts';
import { type OnnxModel, readOnnx } from './read-onnx.ts';
import { wrapGraph } from './wrap-graph.ts';

const weightsFile = 'model.safetensors';
const graphFile = 'model.onnx';

export interface AdoptOptions extends Omit<AdoptionChoices, 'classes'> {
  /** In index order. Default: ImageNet's. */
  readonly classes?: BundleManifest['classes'];
  /** Path of the ONNX file; its external data lies beside it. */
  readonly file: string;
  /** The bundle's model: letters, digits, `.`, `_`, `-`. */
  readonly name: string;
  /** Folder of bundles to put it in. */
  readonly folder: string;
  readonly openGraph: OpenGraph;
  readonly provenance?: Partial<BundleManifest['provenance']>;
}

export interface AdoptedModel {
  readonly bundle: Bundle;
  readonly adoption: Adoption;
  readonly check: AdoptionCheck;
}

/**
 * Makes `<folder>/<name>-<precision>`, after both graphs have given the same scores.
 *
 * @throws UsageError that says what cannot be handled: `bad_model_name`, and as `readOnnx`, `planAdoption`,
 * `movableTensors`, `checkAdoption` and `createBundle` do. Nothing is left behind.
 */
export async function adoptModel(options: AdoptOptions): Promise<AdoptedModel> {
  const { file, name, folder, openGraph } = options;
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) {
    throw new UsageError(
      'bad_model_name',
      `${JSON.stringify(name)} is no name for a model: use letters, digits, - and _`,
    );
  }
  try {
    const { classes = labelled(await imagenetClasses()) } = options;
    const adoption = planAdoption(await readOnnx(file), { ...options, classes });
    const draft = await draftOf(options, adoption);
    let check: AdoptionCheck = { images: 0, worst: 0 };
    const bundle = await createBundle(folder, draft, async (target) => {
      const reference = await convert(file, target, adoption);
      check = await checkAdoption(reference ?? file, join(target, graphFile), adoption.wrapping, openGraph);
      if (reference !== null) await rm(reference);
    });
    return { bundle, adoption, check };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(error.code, `cannot adopt ${file}: ${error.message}`, { cause: error });
  }
}

async function draftOf({ file, name, provenance }: AdoptOptions, adoption: Adoption) {
  const { precision, preprocessing, wrapping, classes } = adoption;
  const { sha256 } = await fileDigest(file);
  return {
    format: 1 as const,
    model: name,
    precision,
    trained: true,
    preprocessing,
    normalisation: wrapping.normalisation,
    activation: wrapping.activation,
    k: wrapping.k,
    classes,
    weights: [weightsFile],
    graphs: [{ file: graphFile, batch: null }],
    provenance: {
      origin: `${basename(file)} (sha256 ${sha256})`,
      licence: 'unknown',
      notes: `adopted: ${adoption.notes.join('; ')}`,
      ...provenance,
    },
  };
}

/**
 * Reads the file anew and writes weights and graph, so that its bytes are not in memory any more while graphs run.
 *
 * @returns the path of the original graph where it had to be repaired before ONNX Runtime can run it, or null.
 */
async function convert(file: string, target: string, { wrapping }: Adoption): Promise<string | null> {
  const model = await readOnnx(file);
  const repaired = stripSpatial(model.graph) > 0;
  await moveWeights(model, await movableTensors(model, file), join(target, weightsFile), weightsFile);
  const reference = repaired ? join(target, 'reference.onnx') : null;
  if (reference !== null) await writeFile(reference, serialised(model, model.graph));
  if (wrapping.input.batch !== null) freeBatch(model.graph, wrapping.input.batch);
  wrapGraph(model.graph, wrapping);
  await writeFile(join(target, graphFile), serialised(model, model.graph), { flush: true });
  return reference;
}

/** Initializers that are no inputs came with IR version 4, like external data. */
function serialised(model: OnnxModel, graph: GraphProto): Uint8Array {
  const irVersion = model.irVersion < 4n ? 4n : model.irVersion;
  return toBinary(ModelProtoSchema, { ...model, graph, irVersion, trainingInfo: [], metadataProps: [] });
}
