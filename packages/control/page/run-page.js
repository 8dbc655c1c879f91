/** One run: how far it is, how fast, where its time goes, what failed. */

import { follow, get } from './api.js';
import { lineChart } from './chart.js';
import { bar, h } from './dom.js';
import { errorExamples } from './error-examples.js';
import { count, duration, percent, rate, when } from './format.js';
import { runActions } from './run-actions.js';
import { runTabs } from './run-tabs.js';
import { stateTag } from './runs-page.js';

/** @typedef {import('../src/api-schema.ts').RunView} RunView */
/** @typedef {import('../src/api-schema.ts').Sample} Sample */

/** Times that are work of a stage, in the order in which an image passes them. */
const stages = ['list', 'fetch', 'decode', 'infer', 'write'];
/** Seconds over which a rate is taken. */
const rateOverMs = 5_000;

/** @type {import('./main.js').View} */
export async function showRun(main, signal, [id = '']) {
  document.title = `Run ${id} – labelmill`;
  const path = `/runs/${encodeURIComponent(id)}`;
  /** @type {Sample[]} */
  const samples = (await get(`${path}/samples`, signal)).samples;
  const actions = runActions(id);
  const example = errorExamples(id, signal);
  const connection = h('p', { class: 'connection', role: 'status' });
  const account = h('div', {});
  main.replaceChildren(
    h('div', { class: 'run-top' }, h('h1', { class: 'id' }, id), runTabs(id, 'overview'), actions.element),
    connection,
    account,
  );
  await follow(
    `${path}/events`,
    (_event, { run, sample }) => {
      if (sample !== null && sample.at > (samples.at(-1)?.at ?? 0)) samples.push(sample);
      actions.show(run.actions);
      account.replaceChildren(...runParts(run, samples, example));
    },
    (connected) => connection.replaceChildren(connected ? '' : 'The connection is gone; trying again…'),
    signal,
  );
}

/**
 * @param {RunView} run
 * @param {Sample[]} samples
 * @param {(code: string) => HTMLElement} example
 */
function runParts(run, samples, example) {
  return [overview(run, samples), charts(samples), times(run), errors(run, example), facts(run)].filter(
    (part) => part !== null,
  );
}

/**
 * @param {RunView} run
 * @param {Sample[]} samples
 */
function overview(run, samples) {
  const carried = run.carried ?? 0;
  const labelled = run.ok === null ? null : run.ok + (run.error ?? 0);
  const toLabel = run.images === null ? null : run.images - carried;
  const done = labelled === null ? null : labelled + carried;
  // A run that carries everything, or has nothing at all, is done when it is complete.
  const share = done === null || !run.images ? Number(run.state === 'complete') : done / run.images;
  const active = run.state === 'running' || run.state === 'listing' || run.state === 'unfinished';
  const now = active ? rateAt(samples, samples.length - 1) : null;
  const left = now && run.listed && run.images !== null && done !== null ? (run.images - done) / now : null;
  return h(
    'section',
    { class: 'card', 'aria-label': 'Progress' },
    h(
      'p',
      { class: 'headline' },
      stateTag(run.state),
      ' ',
      run.why === null ? null : `stopped by itself: ${run.why}`,
    ),
    h(
      'div',
      {
        class: 'meter',
        role: 'progressbar',
        'aria-label': 'Images labelled',
        'aria-valuemin': 0,
        'aria-valuemax': 100,
        'aria-valuenow': Math.floor(100 * share),
      },
      bar(share, run.state === 'complete' ? 'complete' : ''),
    ),
    h(
      'dl',
      { class: 'figures' },
      figure(
        'labelled',
        labelled !== null && labelled === toLabel
          ? count(labelled)
          : `${count(labelled)} of ${count(toLabel)}${run.listed ? '' : ' so far'}`,
      ),
      run.against === null
        ? null
        : figure(
            'carried',
            carried === 0
              ? count(run.listed ? carried : null)
              : h('a', { href: `#/images/${encodeURIComponent(run.id)}?carried=true` }, count(carried)),
          ),
      figure('done', percent(share)),
      figure('error records', count(run.error), run.error ? 'bad' : ''),
      now === null ? null : figure('images/s', rate(now)),
      left === null || !Number.isFinite(left) ? null : figure('left', duration(left)),
      run.finished === null
        ? null
        : figure('took', duration((Date.parse(run.finished) - Date.parse(run.created)) / 1000)),
    ),
    run.bottleneck === null ? null : h('p', { class: 'bottleneck' }, run.bottleneck),
    run.trained
      ? null
      : h('p', { class: 'notice' }, 'The weights of this model are untrained: its labels mean nothing.'),
  );
}

/**
 * @param {string} name
 * @param {string | HTMLElement} value
 * @param {string} [className]
 */
function figure(name, value, className = '') {
  return h('div', {}, h('dt', {}, name), h('dd', { class: className }, value));
}

/**
 * Images/s over the seconds before a sample; null where there are none.
 * @param {Sample[]} samples
 * @param {number} place
 */
function rateAt(samples, place) {
  const last = samples[place];
  if (last === undefined) return null;
  let from = place;
  while (from > 0 && last.at - (samples[from]?.at ?? 0) < rateOverMs) from--;
  const first = samples[from];
  if (first === undefined || first === last) return null;
  return Math.max(0, (1000 * (last.done - first.done)) / (last.at - first.at));
}

/** @param {Sample[]} samples */
function charts(samples) {
  if (samples.length < 3) return null;
  const at = samples.map((sample) => sample.at);
  const rates = samples.map((_, place) => rateAt(samples, place));
  const lines = stages.map((stage) => ({
    name: stage,
    className: `stage-${stage}`,
    values: samples.map((_, place) => busyAt(samples, place, stage)),
  }));
  return h(
    'div',
    { class: 'charts' },
    h(
      'section',
      { class: 'card', 'aria-label': 'Throughput' },
      lineChart({
        title: 'Throughput',
        unit: 'images/s',
        times: at,
        lines: [{ name: 'images/s', className: 'rate', values: rates }],
        format: rate,
      }),
    ),
    h(
      'section',
      { class: 'card', 'aria-label': 'Stage times' },
      lineChart({
        title: 'Time by stage',
        unit: 'seconds of work each second',
        times: at,
        lines,
        format: (value) => value.toFixed(1),
      }),
    ),
  );
}

/**
 * Seconds of a stage's work in each second, over all workers.
 * @param {Sample[]} samples
 * @param {number} place
 * @param {string} stage
 */
function busyAt(samples, place, stage) {
  let from = place;
  const last = samples[place];
  while (last !== undefined && from > 0 && last.at - (samples[from]?.at ?? 0) < rateOverMs) from--;
  const first = samples[from];
  const [end, begin] = [last?.stages?.[stage], first?.stages?.[stage]];
  if (last === undefined || first === undefined || first === last || end === undefined || begin === undefined)
    return null;
  return Math.max(0, (1000 * (end - begin)) / (last.at - first.at));
}

/** @param {RunView} run */
function times(run) {
  if (run.stages === null) return null;
  const seconds = stages.map((stage) => /** @type {const} */ ([stage, run.stages?.[stage] ?? 0]));
  const most = Math.max(...seconds.map(([, value]) => value));
  if (most === 0) return null;
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'times' },
    h('h2', { id: 'times' }, 'Time by stage'),
    h('p', { class: 'hint' }, 'Added up over all threads and workers.'),
    h(
      'table',
      { class: 'bars' },
      h(
        'tbody',
        {},
        ...seconds.map(([stage, value]) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, stage),
            h('td', { class: 'wide' }, bar(value / most, `stage-${stage}`)),
            h('td', { class: 'number' }, duration(value)),
          ),
        ),
      ),
    ),
  );
}

/**
 * @param {RunView} run
 * @param {(code: string) => HTMLElement} example
 */
function errors(run, example) {
  const most = run.errors[0]?.count ?? 0;
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'errors' },
    h('h2', { id: 'errors' }, 'Errors'),
    most === 0
      ? h('p', { class: 'hint' }, run.error === null ? 'Not counted yet.' : 'None.')
      : h(
          'table',
          { class: 'bars' },
          h(
            'tbody',
            {},
            ...run.errors.flatMap(({ code, meaning, count: n }) => [
              h(
                'tr',
                { class: 'with-example' },
                h(
                  'th',
                  { scope: 'row' },
                  h('a', { href: `#/images/${run.id}?status=error&code=${encodeURIComponent(code)}` }, code),
                  h('span', { class: 'hint' }, meaning),
                ),
                h('td', { class: 'wide' }, bar(n / most, 'bad')),
                h('td', { class: 'number' }, count(n)),
              ),
              h('tr', {}, h('td', { colspan: 3, class: 'example-cell' }, example(code))),
            ]),
          ),
        ),
  );
}

/** @param {RunView} run */
function facts(run) {
  /** @type {[string, string | HTMLElement][]} */
  const rows = [
    ['source', run.source],
    ...(run.against === null
      ? []
      : [
          /** @type {[string, HTMLElement]} */ ([
            'against',
            h('a', { href: `#/run/${encodeURIComponent(run.against)}` }, run.against),
          ]),
        ]),
    ['model', run.model],
    ['digest', run.digest],
    ['folder', run.folder],
    ['begun', when(run.created)],
    ['finished', when(run.finished)],
  ];
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'facts' },
    h('h2', { id: 'facts' }, 'What was asked'),
    h(
      'dl',
      { class: 'facts' },
      ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
    ),
  );
}
