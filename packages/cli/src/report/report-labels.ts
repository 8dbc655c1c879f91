/** The cards of labels, confidence and truth. */

import { percent } from '../terminal/format.ts';
import { type Bar, barRows, histogram, reliability } from './charts.ts';
import { cut } from './cut.ts';
import { type Html, html, nothing } from './html.ts';
import type { LabelCount } from './label-tally.ts';
import { count } from './report-head.ts';
import type { RunFacts } from './run-facts.ts';

/** Rows of the label histogram; the others are added up in a line. */
const mostRows = 20;

export function labelsCard({ labels }: RunFacts): Html {
  if (labels.length === 0) return nothing;
  const bars = labels.slice(0, mostRows).map(
    ({ id, label, images }): Bar => ({
      name: cut(firstName(label)),
      title: cut(`${label} (${id})`),
      value: images,
      shown: count(images),
    }),
  );
  return html`<section class="card"><h2>Labels</h2>${barRows(bars)}${others(labels.slice(mostRows))}</section>`;
}

function others(labels: readonly LabelCount[]): Html {
  if (labels.length === 0) return nothing;
  const images = labels.reduce((sum, label) => sum + label.images, 0);
  return html`<p class="soft small more">and ${count(labels.length)} more labels with ${count(images)} images</p>`;
}

export function confidenceCard({ confidence, labels }: RunFacts): Html {
  if (labels.length === 0) return nothing;
  const chart =
    confidence === null
      ? html`<p class="soft">The scores of this model are no probabilities.</p>`
      : html`${histogram(confidence.bins, 'Images by confidence')}<p class="soft small">Images by the score of their best label.</p>`;
  return html`<section class="card"><h2>Confidence</h2>${chart}</section>`;
}

export function truthCard({ truth }: RunFacts): Html {
  if (truth === null) return nothing;
  const { top1, calibration, untold } = truth;
  const right = html`<p>${count(top1.count)} of ${count(top1.of)} images are right: ${percent(top1.share)} (95 % interval ${percent(top1.low)} to ${percent(top1.high)}).${untold > 0 ? ` Of ${count(untold)} images nobody says what they show.` : ''}</p>`;
  const chart =
    calibration === null
      ? nothing
      : html`${reliability(calibration.bins, 'Share that is right by confidence')}<p class="soft small">Share of images that are right, by confidence; on the dashed line the two agree. Expected calibration error ${calibration.error.toFixed(3)}.</p>`;
  return html`<section class="card"><h2>Calibration</h2>${right}${chart}</section>`;
}

/** ImageNet's labels are lists of synonyms. */
export function firstName(label: string): string {
  return label.split(',')[0] || label;
}
