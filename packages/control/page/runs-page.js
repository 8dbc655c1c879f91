/** The list of runs. */
import { get } from './api.js';
import { bar, h } from './dom.js';
import { count, percent, when } from './format.js';
import { keepsFocus, poll } from './poll.js';

/** @typedef {import('../src/api-schema.ts').RunListItem} RunListItem */

const lookEveryMs = 2_000;

/** @type {import('./main.js').View} */
export async function showRuns(main, signal) {
  document.title = 'Runs – labelmill';
  const load = () => get('/runs', signal);
  await poll(main, signal, lookEveryMs, load, ({ runs, unreadable, redis }) => [
    heading(redis),
    ...unreadable.map(cannotBeShown),
    runs.length === 0 && unreadable.length === 0 ? noRuns() : null,
    runs.length === 0 ? null : table(runs),
  ]).ended;
}

/** @param {boolean} redis */
function heading(redis) {
  return h(
    'div',
    { class: 'run-top' },
    h('h1', {}, 'Runs'),
    redis ? h('a', { class: 'button', href: '#/start', [keepsFocus]: 'start' }, 'Start a run') : null,
  );
}

function noRuns() {
  return h(
    'p',
    { class: 'notice' },
    'No runs yet. Start one with ',
    h('code', {}, 'labelmill label photos/'),
    '.',
  );
}

/** @param {{ id: string, message: string }} run */
function cannotBeShown({ id, message }) {
  return h('p', { class: 'notice', role: 'status' }, `${id} cannot be shown: ${message}`);
}

/** @param {RunListItem[]} runs */
function table(runs) {
  const head = ['Run', 'State', 'Source', 'Model', 'Images', 'Errors', 'Begun'];
  return h(
    'div',
    { class: 'card scroll', tabindex: '0', role: 'region', 'aria-label': 'Runs' },
    h(
      'table',
      { class: 'runs' },
      h('thead', {}, h('tr', {}, ...head.map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...runs.map(row)),
    ),
  );
}

/** @param {RunListItem} run */
function row(run) {
  const done = run.ok === null ? null : run.ok + (run.error ?? 0) + (run.carried ?? 0);
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('a', { href: `#/run/${run.id}`, [keepsFocus]: run.id }, run.id)),
    h('td', {}, stateTag(run.state)),
    h('td', { class: 'path', title: run.source }, run.source),
    h('td', {}, run.model),
    h(
      'td',
      { class: 'number' },
      done !== null && done === run.images ? count(done) : `${count(done)} of ${count(run.images)}`,
      progressOf(done, run.images),
      run.carried ? h('span', { class: 'progress' }, `${count(run.carried)} carried`) : null,
    ),
    h('td', { class: run.error ? 'number bad' : 'number' }, count(run.error)),
    h('td', { class: 'time' }, when(run.created)),
  );
}

/**
 * @param {number | null} done
 * @param {number | null} images
 */
function progressOf(done, images) {
  if (done === null || images === null || done === images || images === 0) return null;
  return h('span', { class: 'progress' }, bar(done / images), ` ${percent(done / images)}`);
}

/** @param {RunListItem['state']} state */
export function stateTag(state) {
  return h('span', { class: `state ${state}` }, state);
}
