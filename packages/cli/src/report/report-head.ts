/** What a reader sees first: which run, how it ended, and its account. */
import { shown } from '@labelmill/shared/store/shown-uri';
import { duration, percent } from '../terminal/format.ts';
import { type Html, html, nothing } from './html.ts';
import type { RunFacts } from './run-facts.ts';

export function head({ run, summary, differences, error }: RunFacts): Html {
  const state =
    summary === null
      ? html`<span class="chip bad">not complete</span>`
      : error > 0
        ? html`<span class="chip warn">complete, ${count(error)} ${error === 1 ? 'error' : 'errors'}</span>`
        : html`<span class="chip">complete</span>`;
  const untrained = html`<p class="note"><b>${run.bundle.name} is UNTRAINED:</b> its weights are random, and so are the labels.</p>`;
  const differs = html`<p class="note"><b>${count(differences)} ${differences === 1 ? 'difference' : 'differences'}</b> between what was listed and what was recorded; <code>labelmill verify ${run.id}</code> names them.</p>`;
  return html`<header><h1>${run.bundle.name} on ${lastName(run.source.uri)}</h1>${state}<p class="source small">Run <code>${run.id}</code> of <code>${shown(run.source.uri)}</code></p></header>
${run.bundle.trained ? nothing : untrained}${differences > 0 ? differs : nothing}`;
}

export function tiles(facts: RunFacts): Html {
  const { listed, ok, error, carried, labels, confidence, truth } = facts;
  const rows: [string, string | Html][] = [
    ['Images listed', count(listed)],
    ['Labelled', count(ok)],
    ['Errors', count(error)],
  ];
  if (carried > 0) rows.push(['Carried', count(carried)]);
  if (labels.length > 0) rows.push(['Different labels', count(labels.length)]);
  if (confidence !== null) rows.push(['Median confidence', confidence.median.toFixed(2)]);
  if (truth !== null) rows.push(['Right (top 1)', percent(truth.top1.share)]);
  const took = runSeconds(facts);
  if (took !== null) rows.push(['From start to end', duration(took)]);
  const all = rows.map(([name, value]) => html`<div class="tile"><dt>${name}</dt><dd>${value}</dd></div>`);
  return html`<dl class="tiles">${all}</dl>`;
}

/** Seconds between the run's creation and its end, pauses and retries included; null while it has none. */
function runSeconds({ run, summary }: RunFacts): number | null {
  return summary === null ? null : (Date.parse(summary.finished) - Date.parse(run.created)) / 1000;
}

/** `12345` → `12,345`. */
export function count(images: number): string {
  return images.toLocaleString('en-US');
}

function lastName(uri: string): string {
  return shown(uri).replace(/\/+$/, '').split('/').at(-1) || shown(uri);
}
