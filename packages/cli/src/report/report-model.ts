/** Where a run's time went, and what labelled it. */
import { duration } from '../terminal/format.ts';
import { type Bar, barRows } from './charts.ts';
import { type Html, html, nothing } from './html.ts';
import { count } from './report-head.ts';
import type { RunFacts } from './run-facts.ts';

const stages: readonly (readonly [string, string])[] = [
  ['fetch', 'Fetching'],
  ['decode', 'Decoding'],
  ['infer', 'Inference'],
  ['write', 'Writing'],
];

/** Sums over all workers; of a run that is closed. */
export function timeCard({ summary, listed }: RunFacts): Html {
  if (summary === null) return nothing;
  const seconds = summary.stages ?? {};
  const bars = stages.flatMap(([stage, name]): Bar[] => {
    const value = seconds[stage];
    if (value === undefined) return [];
    const each = listed === 0 ? '' : ` · ${((1000 * value) / listed).toFixed(1)} ms`;
    return [{ name, title: stage, value, shown: `${value.toFixed(1)} s${each}` }];
  });
  const { wall = 0 } = seconds;
  const rate =
    wall > 0
      ? html`<dt>Throughput</dt><dd>${(listed / wall).toFixed(1)} images/s for each worker, while it had work</dd>`
      : nothing;
  return html`<section class="card"><h2>Time</h2><dl class="facts"><dt>Begun</dt><dd>${time(summary.created)}</dd><dt>Closed</dt><dd>${time(summary.finished)}</dd>${rate}<dt>Chunks</dt><dd>${count(summary.chunks)}</dd>${summary.retries > 0 ? html`<dt>Retries</dt><dd>${count(summary.retries)}</dd>` : nothing}${wall > 0 ? html`<dt>Engines ready</dt><dd>${duration(wall)}</dd>` : nothing}</dl>${bars.length > 0 ? html`<div class="more">${barRows(bars)}</div><p class="soft small more">Seconds of each stage over all workers, and per image; stages run at the same time.</p>` : nothing}</section>`;
}

export function modelCard({ run }: RunFacts): Html {
  const { bundle, preprocessing, topK, emit } = run;
  const { resize, crop } = preprocessing as { resize?: unknown; crop?: unknown };
  const input =
    typeof crop === 'number'
      ? html`<dt>Input</dt><dd>${crop} × ${crop}, shorter side resized to ${String(resize)}, decoded ${preprocessing.decode}</dd>`
      : nothing;
  const digests = Object.entries(bundle.digests).map(
    ([part, digest]) =>
      html`<dt>${part.replace(/[A-Z]/, (letter) => ` ${letter.toLowerCase()}`)}</dt><dd><code>${digest}</code></dd>`,
  );
  return html`<section class="card"><h2>Model</h2><dl class="facts"><dt>Name</dt><dd>${bundle.name}${bundle.trained ? '' : ' (UNTRAINED)'}</dd><dt>Digest</dt><dd><code>${bundle.digest}</code></dd>${digests}${input}<dt>Written</dt><dd>${emit.join(', ')}, best ${topK}</dd></dl></section>`;
}

function time(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}
