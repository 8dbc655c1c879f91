/** Queues, and the workers on them. */
import { get } from './api.js';
import { h } from './dom.js';
import { count, duration } from './format.js';

/** @typedef {import('../src/api-schema.ts').QueueView} QueueView */

const lookEveryMs = 2_000;

/** @type {import('./main.js').View} */
export async function showQueues(main, signal) {
  document.title = 'Workers – labelmill';
  while (!signal.aborted) {
    const { queues } = await get('/queues', signal);
    main.replaceChildren(
      h(
        'div',
        { class: 'run-top' },
        h('h1', {}, 'Workers and queues'),
        h('a', { class: 'button', href: '/board/' }, 'Jobs'),
      ),
      ...(queues.length === 0
        ? [h('p', { class: 'notice' }, 'No queues yet: the first run makes one.')]
        : queues.map(queueCard)),
    );
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** @param {QueueView} queue */
function queueCard({ name, workers, ...counts }) {
  const figures = Object.entries(counts).map(([state, n]) =>
    h('div', {}, h('dt', {}, state), h('dd', {}, count(n))),
  );
  return h(
    'section',
    { class: 'card', 'aria-label': `Queue ${name}` },
    h('h2', {}, name),
    h(
      'dl',
      { class: 'figures' },
      ...figures,
      h('div', {}, h('dt', {}, 'workers'), h('dd', {}, workers === null ? '?' : count(workers.length))),
    ),
    workers === null || workers.length === 0
      ? h(
          'p',
          { class: 'hint' },
          workers === null
            ? 'Redis does not let this server see its clients.'
            : `No worker: start one with labelmill worker --model ${name}`,
        )
      : h(
          'ul',
          { class: 'workers' },
          ...workers.map(({ address, connectedSeconds }) =>
            h('li', {}, address || 'local socket', ' · connected for ', duration(connectedSeconds)),
          ),
        ),
  );
}
