/** An evaluation as lines for a terminal. */
import type { Accuracy } from '@labelmill/models/accuracy/accuracy-count';
import type { Proportion } from '@labelmill/models/accuracy/wilson';
import { shown } from '@labelmill/shared/store/shown-uri';
import { percent, table } from '../terminal/format.ts';
import { confidenceLines } from './confidence-lines.ts';
import type { Evaluation } from './evaluation.ts';

/** Rows of each list; `--json` has all. */
const mostRows = 20;
/** Images named of each list, as examples. */
const mostNames = 5;
/** What a class is most often taken for. */
const mostTakenFor = 3;

export function evaluationLines(evaluation: Evaluation): string[] {
  const { model, digest, listed, accuracy, calibration, looked } = evaluation;
  const { mode, views, scales } = looked;
  const how = `${mode}: ${views === 1 ? '1 view' : `${views} views`}, scale ${scales.join(', ')}`;
  const lines = [`${model} ${digest.slice(0, 'sha256:'.length + 12)} · ${how} · ${listed} images`];
  if (accuracy === null) lines.push('no image was answered: there is no accuracy');
  else {
    lines.push(`top-1  ${proportionLine(accuracy.top1)}`);
    lines.push(
      accuracy.top5 === null ? 'top-5  says nothing here' : `top-5  ${proportionLine(accuracy.top5)}`,
    );
  }
  if (calibration !== null) lines.push(...confidenceLines(calibration));
  if (accuracy !== null) lines.push(...classLines(accuracy), ...confusionLines(accuracy));
  return [...lines, ...leftOutLines(evaluation)];
}

export function proportionLine({ count, of, share, low, high }: Proportion): string {
  return `${percent(share).padStart(7)}  (${count} of ${of}; 95 % interval ${percent(low)} to ${percent(high)})`;
}

function classLines({ classes }: Accuracy): string[] {
  const worst = [...classes].sort((a, b) => a.top1 / a.images - b.top1 / b.images || b.images - a.images);
  const rows = worst.slice(0, mostRows).map(({ id, label, images, top1, top5, takenFor }) => {
    const others = takenFor.slice(0, mostTakenFor).map((other) => `${other.label} ${other.images}`);
    const shares = [top1, top5].map((count) => percent(count / images).padStart(7));
    return [id, label, String(images).padStart(6), ...shares, others.join(', ')];
  });
  return [
    '',
    `classes, least accurate first${some(classes.length)}`,
    ...table([['id', 'label', 'images', '  top-1', '  top-5', 'taken for'], ...rows]),
  ];
}

function confusionLines({ confusions, classes }: Accuracy): string[] {
  if (confusions.length === 0) return [];
  const labels = new Map(
    classes.flatMap(({ id, label, takenFor }) =>
      [{ id, label }, ...takenFor].map((one) => [one.id, one.label]),
    ),
  );
  const named = (id: string) => `${labels.get(id)} (${id})`;
  const rows = confusions
    .slice(0, mostRows)
    .map(({ truth, predicted, images }) => [named(truth), named(predicted), String(images).padStart(6)]);
  return [
    '',
    `confusions, most frequent first${some(confusions.length)}`,
    ...table([['is', 'taken for', 'images'], ...rows]),
  ];
}

/** What no figure above counts, each with its images' names. */
function leftOutLines({ unknownClasses, untold, errors }: Evaluation): string[] {
  const lines: string[] = [];
  if (unknownClasses.length > 0) {
    const images = unknownClasses.reduce((sum, { images }) => sum + images.length, 0);
    lines.push(
      '',
      `not counted: ${images} images of ${unknownClasses.length} classes the model does not have`,
    );
    for (const { name, images } of unknownClasses.slice(0, mostRows)) {
      lines.push(`  ${name}: ${images.length}, ${examples(images)}`);
    }
    if (unknownClasses.length > mostRows) lines.push(`  and more classes${some(unknownClasses.length)}`);
  }
  if (untold.length > 0) {
    lines.push('', `not counted: ${untold.length} images without a truth: ${examples(untold)}`);
  }
  const byCode = Map.groupBy(errors, ({ code }) => code);
  if (errors.length > 0) lines.push('', `not counted: ${errors.length} images with errors`);
  for (const [code, failed] of byCode) {
    lines.push(`  ${code}: ${failed.length}, ${examples(failed.map(({ uri }) => uri))}`);
  }
  return lines;
}

function examples(uris: readonly string[]): string {
  const more = uris.length > mostNames ? ' …' : '';
  return `${uris.slice(0, mostNames).map(shown).join(' ')}${more}`;
}

function some(all: number): string {
  return all > mostRows ? ` (${mostRows} of ${all}; --json has all)` : '';
}
