/** The gallery of a run. What is shown is in the address, so that a view can be kept and sent. */
import { get } from './api.js';
import { h } from './dom.js';
import { filterPanel } from './filter-panel.js';
import { count } from './format.js';
import { imageCell } from './image-cell.js';
import { imageDialog } from './image-dialog.js';
import { RecordPages } from './record-pages.js';
import { runTabs } from './run-tabs.js';
import { VirtualGrid } from './virtual-grid.js';

const lookEveryMs = 1_500;

/** @type {import('./main.js').View} */
export async function showGallery(main, signal, [id = ''], query) {
  document.title = `Images of ${id} – labelmill`;
  const path = `/runs/${encodeURIComponent(id)}`;
  const total = h('p', { class: 'total', role: 'status' }, 'Looking…');
  const filters = h('div', { class: 'filters' });
  const compares = query.has('against');

  const pages = new RecordPages(
    id,
    query,
    signal,
    () => refresh(),
    (error) => say(String(error)),
  );
  const grid = new VirtualGrid({
    label: 'Images',
    captionHeight: compares ? 64 : 68,
    cell: (place) => imageCell(pages.at(place), id, signal, compares),
    onSight: (from, to) => pages.want(from, to),
    onOpen: (place) => dialog.show(place),
  });
  const dialog = imageDialog({
    run: id,
    at: (place) => pages.at(place),
    total: () => pages.total,
    want: (from, to) => pages.want(from, to),
    onClose: (place) => grid.focus(place),
  });
  const say = (/** @type {string} */ text) => total.replaceChildren(text);
  const refresh = () => {
    grid.setTotal(pages.total);
    dialog.refresh();
  };
  const change = (/** @type {Record<string, string | null>} */ changes) => {
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) query.delete(key);
      else query.set(key, value);
    }
    const search = query.toString();
    location.hash = `#/images/${encodeURIComponent(id)}${search === '' ? '' : `?${search}`}`;
  };

  const wide = matchMedia('(min-width: 60rem)');
  const drawer = h(
    'details',
    { class: 'card drawer', open: wide.matches },
    h('summary', {}, 'Filter'),
    filters,
  );
  main.replaceChildren(
    h('div', { class: 'gallery-top' }, h('h1', { class: 'id' }, id), runTabs(id, 'images'), total),
    h('div', { class: 'gallery' }, drawer, grid.element),
    dialog.dialog,
  );
  const focusFilter = sessionStorage.getItem('labelmill-focus');
  const others = (await get('/runs', signal)).runs.filter(
    (/** @type {{ id: string }} */ run) => run.id !== id,
  );
  const facets = await get(`${path}/facets`, signal);
  filters.replaceChildren(...filterPanel(facets, others, query, change).filter((part) => part !== null));
  restoreFocus(filters, focusFilter);
  filters.addEventListener('focusin', (event) => rememberFocus(/** @type {HTMLElement} */ (event.target)));
  filters.addEventListener('focusout', () => sessionStorage.removeItem('labelmill-focus'));
  await pages.begin();
  say(`${count(pages.total)} of ${count(allOf(facets))} images`);
  await followIndexing(facets);

  /** A run that is looked through for the first time: how far, and what is there by now. */
  async function followIndexing(/** @type {import('./filter-panel.js').Facets} */ now) {
    while (now.indexing !== null && !signal.aborted) {
      say(
        `${count(pages.total)} images so far; ${count(now.indexing.read)} of ${count(now.indexing.found)} parts are looked through`,
      );
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      now = await get(`${path}/facets`, signal);
      await pages.begin();
      if (now.indexing === null) {
        filters.replaceChildren(...filterPanel(now, others, query, change).filter((part) => part !== null));
        say(`${count(pages.total)} of ${count(allOf(now))} images`);
      }
    }
  }
}

/** @param {import('./filter-panel.js').Facets} facets */
function allOf({ ok, error, gone }) {
  return ok + error + gone;
}

/** Every filter is another address and another view; the focus goes on where it was. @param {HTMLElement} element */
function rememberFocus(element) {
  const name = element.id || element.getAttribute('title') || element.textContent || '';
  sessionStorage.setItem('labelmill-focus', name);
}

/**
 * @param {HTMLElement} filters
 * @param {string | null} name
 */
function restoreFocus(filters, name) {
  if (name === null) return;
  const all = /** @type {HTMLElement[]} */ ([...filters.querySelectorAll('button, input, select')]);
  const element = all.find((one) => [one.id, one.getAttribute('title'), one.textContent].includes(name));
  element?.focus({ preventScroll: true });
  if (element instanceof HTMLInputElement && element.type === 'search')
    element.setSelectionRange(element.value.length, element.value.length);
}
