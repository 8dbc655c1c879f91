/** The page: which view the address names, and how one follows another. */
import { Refusal, takeToken } from './api.js';
import { h } from './dom.js';
import { showGallery } from './gallery-page.js';
import { showQueues } from './queues-page.js';
import { showRun } from './run-page.js';
import { showRuns } from './runs-page.js';
import { showSchedules } from './schedules-page.js';
import { showStart } from './start-page.js';
import { tokenForm } from './token-form.js';

/**
 * A view fills `main` and keeps it up to date until the signal aborts.
 * @typedef {(main: HTMLElement, signal: AbortSignal, parts: string[], query: URLSearchParams) => Promise<void>} View
 */

/** @type {Record<string, View>} */
const views = {
  '': showRuns,
  run: showRun,
  images: showGallery,
  queues: showQueues,
  schedules: showSchedules,
  start: showStart,
};
/** Those that the navigation names; all others are about runs. */
const pages = ['queues', 'schedules'];

const main = /** @type {HTMLElement} */ (document.getElementById('main'));
let leave = new AbortController();

async function show() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const [path = '', search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').map(decodeURIComponent);
  const [name = ''] = parts.splice(0, 1);
  for (const link of document.querySelectorAll('[data-page]')) {
    const current = link.getAttribute('data-page') === (pages.includes(name) ? name : 'runs');
    link.toggleAttribute('aria-current', current);
    if (current) link.setAttribute('aria-current', 'page');
  }
  try {
    main.replaceChildren(h('p', { class: 'loading', role: 'status' }, 'Loading…'));
    await (views[name] ?? showRuns)(main, signal, parts, new URLSearchParams(search));
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Refusal && error.status === 401) main.replaceChildren(tokenForm(show));
    else
      main.replaceChildren(
        h('p', { class: 'notice', role: 'alert' }, String(error instanceof Error ? error.message : error)),
      );
  }
}

takeToken();
addEventListener('hashchange', () => void show());
document.querySelector('.skip')?.addEventListener('click', (event) => {
  // The address names the view; the link that skips the navigation must not change it.
  event.preventDefault();
  main.focus();
});
void show();
