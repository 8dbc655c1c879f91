/** What `eval` says about one bundle: the answers against the truth. */
import { type Accuracy, AccuracyCount } from '@labelmill/models/accuracy/accuracy-count';
import { Calibration, type CalibrationResult } from '@labelmill/models/accuracy/calibration';
import { classFinder } from '@labelmill/models/accuracy/class-finder';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { UsageError } from '@labelmill/shared/errors';
import type { Answer } from './engine-answers.ts';
import type { Looked } from './evaluation-engine.ts';
import type { LabelledImages } from './labelled-images.ts';

/** An image whose class the model has. */
export interface KnownImage {
  readonly uri: string;
  /** Which of the source's images it is. */
  readonly place: number;
  /** Index of its class. */
  readonly truth: number;
}

export interface SortedImages {
  readonly known: readonly KnownImage[];
  /** Images of classes that the model does not have, by class. */
  readonly unknownClasses: readonly { readonly name: string; readonly images: readonly string[] }[];
  readonly untold: readonly string[];
}

export interface Evaluation {
  readonly model: string;
  readonly digest: string;
  readonly looked: Looked;
  /** Every image of the source; those without an answer or a truth are in the lists below. */
  readonly listed: number;
  /** Null where no image was answered. */
  readonly accuracy: Accuracy | null;
  /** Null also where the model's scores are no probabilities. */
  readonly calibration: CalibrationResult | null;
  readonly unknownClasses: SortedImages['unknownClasses'];
  readonly untold: readonly string[];
  readonly errors: readonly { readonly uri: string; readonly code: string; readonly message: string }[];
}

/**
 * Tells apart what the bundle can be measured on.
 *
 * @throws UsageError `no_known_class` if that is nothing; as `classFinder` does
 */
export function sortImages({ images, untold }: LabelledImages, { name, manifest }: Bundle): SortedImages {
  const find = classFinder(manifest.classes);
  const known: KnownImage[] = [];
  const unknown = new Map<string, string[]>();
  for (const [place, { uri, truth }] of images.entries()) {
    const index = find(truth);
    const others = unknown.get(truth);
    if (index !== undefined) known.push({ uri, place, truth: index });
    else if (others === undefined) unknown.set(truth, [uri]);
    else others.push(uri);
  }
  if (known.length === 0) throw new UsageError('no_known_class', nothingKnown(name, unknown, untold));
  const unknownClasses = [...unknown]
    .map(([name, images]) => ({ name, images }))
    .sort((a, b) => b.images.length - a.images.length);
  return { known, unknownClasses, untold };
}

function nothingKnown(
  model: string,
  unknown: ReadonlyMap<string, readonly string[]>,
  untold: readonly string[],
): string {
  const [found] = unknown.keys();
  const what =
    found === undefined
      ? `nothing says what any of the ${untold.length} images shows`
      : `no image shows a class of ${model}: the first is said to show ${JSON.stringify(found)}`;
  return `${what}; --truth says where classes are named (folder, name, or a file)`;
}

/** @param answers in the order of `known` */
export function evaluationOf(
  { name, digest, manifest }: Bundle,
  { known, unknownClasses, untold }: SortedImages,
  answers: readonly Answer[],
  looked: Looked,
): Evaluation {
  const accuracy = new AccuracyCount(manifest.classes);
  const calibration = new Calibration();
  const errors: { uri: string; code: string; message: string }[] = [];
  for (const [place, { uri, truth }] of known.entries()) {
    const answer = answers[place]!;
    if (answer.status === 'error') {
      errors.push({ uri, code: answer.code, message: answer.message });
      continue;
    }
    accuracy.add(truth, answer.indices);
    calibration.add(answer.scores[0]!, answer.indices[0] === truth);
  }
  const answered = accuracy.images > 0;
  const unknown = unknownClasses.reduce((sum, { images }) => sum + images.length, 0);
  return {
    model: name,
    digest,
    looked,
    listed: known.length + unknown + untold.length,
    accuracy: answered ? accuracy.result() : null,
    calibration: answered && manifest.activation !== 'none' ? calibration.result() : null,
    unknownClasses,
    untold,
    errors,
  };
}
