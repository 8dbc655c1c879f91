/** Queues, and the workers on them with their engines. */
import { get } from './api.js';
import { bar, h } from './dom.js';
import { count, percent, rate, when } from './format.js';
import { poll } from './poll.js';

/** @typedef {import('../src/api-schema.ts').QueueView} QueueView */
/** @typedef {QueueView['workers'][number]} Worker */

const lookEveryMs = 2_000;

/** @type {import('./main.js').View} */
export async function showQueues(main, signal) {
  document.title = 'Workers – labelmill';
  const list = h('div', {});
  main.replaceChildren(
    h(
      'div',
      { class: 'run-top' },
      h('h1', {}, 'Workers and queues'),
      h('a', { class: 'button', href: '/board/' }, 'Jobs'),
    ),
    list,
  );
  const load = () => get('/queues', signal);
  await poll(list, signal, lookEveryMs, load, ({ queues }) =>
    queues.length === 0
      ? [h('p', { class: 'notice' }, 'No queues yet: the first run makes one.')]
      : queues.map(queueCard),
  ).ended;
}

/** @param {QueueView} queue */
function queueCard({ name, workers, ...counts }) {
  const total = workers.reduce((sum, { imagesPerSecond }) => sum + (imagesPerSecond ?? 0), 0);
  return h(
    'section',
    { class: 'card', 'aria-label': `Queue ${name}` },
    h('h2', {}, name),
    h(
      'dl',
      { class: 'figures' },
      ...Object.entries(counts).map(([state, n]) => figure(`chunks ${state}`, count(n))),
      figure('workers', count(workers.length)),
      total === 0 ? null : figure('images/s', rate(total)),
    ),
    workers.length === 0
      ? h(
          'p',
          { class: 'hint no-worker' },
          'No worker: start one with ',
          h('code', {}, `labelmill worker --model ${name}`),
        )
      : h('ul', { class: 'workers' }, ...workers.map(workerItem)),
  );
}

/**
 * @param {string} name
 * @param {...(Node | string | null)} value
 */
function figure(name, ...value) {
  return h('div', {}, h('dt', {}, name), h('dd', {}, ...value));
}

/** @param {Worker} worker */
function workerItem(worker) {
  const { host, pid, started, state, engine, chunks, images, imagesPerSecond, batchFill, bottleneck } =
    worker;
  return h(
    'li',
    { class: 'worker' },
    h(
      'div',
      { class: 'worker-top' },
      h('h3', {}, host, h('span', { class: 'process' }, ` process ${pid}, started ${when(started)}`)),
      h('span', { class: `state worker-${state}` }, stateText[state]),
    ),
    h(
      'dl',
      { class: 'figures small' },
      figure(
        'engine',
        h('span', { class: `engine-${engine.state}` }, engine.state),
        hint(engine.restarts === 0 ? 'never restarted' : `restarted ${times(engine.restarts)}`),
      ),
      figure(
        'device',
        deviceOf(engine),
        hint(`${count(engine.cores)} ${engine.cores === 1 ? 'core' : 'cores'}`),
      ),
      figure(
        'images/s',
        imagesPerSecond === null ? '–' : rate(imagesPerSecond),
        hint(imagesPerSecond === null ? 'no chunk for a minute' : 'in the last minute'),
      ),
      figure(
        'batch fill',
        batchFill === null ? '–' : percent(batchFill),
        hint(`batches of ${count(engine.batch)}`),
        batchFill === null ? null : bar(batchFill),
      ),
      figure('chunks', `${count(chunks.inWork)} of ${count(chunks.places)}`, hint('in work')),
      figure(
        'labelled',
        count(images.ok),
        images.error === 0
          ? hint('no errors')
          : hint(
              h(
                'span',
                { class: 'bad' },
                `${count(images.error)} ${images.error === 1 ? 'error' : 'errors'}`,
              ),
            ),
      ),
    ),
    bottleneck === null ? null : h('p', { class: 'bottleneck' }, bottleneck),
  );
}

const stateText = { ready: 'ready', outage: 'waits out an outage', draining: 'stopping' };

/** @param {Node | string} text */
function hint(text) {
  return h('span', { class: 'hint' }, text);
}

/** @param {Worker['engine']} engine */
function deviceOf({ provider }) {
  return provider === 'cpu' ? 'CPU' : provider === 'cuda' ? 'CUDA GPU' : provider;
}

/** @param {number} n */
function times(n) {
  return n === 1 ? 'once' : `${count(n)} times`;
}
