/** What to show of a run: by label, confidence, status and error, and against another run. */
import { bar, h } from './dom.js';
import { count } from './format.js';

/** @typedef {import('../src/api-schema.ts').FacetsView} Facets */
/** @typedef {import('../src/api-schema.ts').RunListItem} RunListItem */

const mostLabels = 150;

/**
 * @param {Facets} facets
 * @param {RunListItem[]} others
 * @param {URLSearchParams} query
 * @param {(changes: Record<string, string | null>) => void} change
 */
export function filterPanel(facets, others, query, change) {
  const search = /** @type {HTMLInputElement} */ (
    h('input', {
      type: 'search',
      id: 'search',
      placeholder: 'name or id',
      value: query.get('search') ?? '',
      autocomplete: 'off',
      spellcheck: 'false',
    })
  );
  let timer = 0;
  search.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => change({ search: search.value.trim() || null, label: null, code: null, status: null }),
      250,
    );
  });
  return [
    h('div', { class: 'field' }, h('label', { for: 'search' }, 'Search labels'), search),
    statusChoice(facets, query, change),
    labels(facets, query, change),
    confidence(facets, query, change),
    errors(facets, query, change),
    labelledBy(facets, query, change),
    compare(others, query, change),
  ];
}

/**
 * @param {string} text
 * @param {number} n
 * @param {boolean} pressed
 * @param {() => void} onclick
 * @param {number} [share] of the bar
 * @param {string} [title]
 */
function choice(text, n, pressed, onclick, share, title) {
  return h(
    'button',
    { type: 'button', class: 'choice', 'aria-pressed': String(pressed), onclick, title },
    h('span', { class: 'name' }, text),
    h('span', { class: 'count' }, count(n)),
    share === undefined ? null : bar(share),
  );
}

/**
 * @param {Facets} facets
 * @param {URLSearchParams} query
 * @param {(changes: Record<string, string | null>) => void} change
 */
function statusChoice({ ok, error, gone }, query, change) {
  const status = query.get('status');
  /** @type {[string, number, string | null][]} */
  const choices = [
    ['all', ok + error + gone, null],
    ['labelled', ok, 'ok'],
    ['errors', error, 'error'],
  ];
  return h(
    'div',
    { class: 'field segments', role: 'group', 'aria-label': 'Status' },
    ...choices.map(([text, n, value]) =>
      choice(text, n, status === value, () =>
        change({
          status: value,
          code: null,
          ...(value === 'error' ? { label: null, search: null, min: null, max: null } : {}),
        }),
      ),
    ),
  );
}

/**
 * @param {Facets} facets
 * @param {URLSearchParams} query
 * @param {(changes: Record<string, string | null>) => void} change
 */
function labels({ labels: all }, query, change) {
  const wanted = (query.get('search') ?? '').toLowerCase();
  const found = all.filter(
    ({ id, label }) => id.toLowerCase().includes(wanted) || label.toLowerCase().includes(wanted),
  );
  const most = found[0]?.count ?? 1;
  const now = query.get('label');
  return h(
    'section',
    { class: 'field', 'aria-labelledby': 'labels-title' },
    h('h2', { id: 'labels-title' }, 'Labels'),
    found.length === 0 ? h('p', { class: 'hint' }, 'None.') : null,
    h(
      'div',
      { class: 'choices', role: 'group', 'aria-labelledby': 'labels-title' },
      ...found
        .slice(0, mostLabels)
        .map(({ id, label, count: n }) =>
          choice(
            label,
            n,
            now === id,
            () => change({ label: now === id ? null : id, status: null, code: null }),
            n / most,
            id,
          ),
        ),
    ),
    found.length > mostLabels
      ? h('p', { class: 'hint' }, `and ${count(found.length - mostLabels)} more: search`)
      : null,
  );
}

/**
 * @param {Facets} facets
 * @param {URLSearchParams} query
 * @param {(changes: Record<string, string | null>) => void} change
 */
function confidence({ bands }, query, change) {
  const most = Math.max(1, ...bands);
  const min = query.get('min');
  return h(
    'section',
    { class: 'field', 'aria-labelledby': 'bands-title' },
    h('h2', { id: 'bands-title' }, 'Confidence'),
    h(
      'div',
      { class: 'bands', role: 'group', 'aria-labelledby': 'bands-title' },
      ...bands.map((n, band) => {
        const [from, to] = [band / bands.length, (band + 1) / bands.length];
        const pressed = min === String(from);
        const column = h('span', { class: 'column' });
        column.style.setProperty('block-size', `${(100 * n) / most}%`);
        const name = `${from.toFixed(1)} to ${to.toFixed(1)}: ${count(n)}`;
        const onclick = () =>
          change(
            pressed
              ? { min: null, max: null }
              : { min: String(from), max: String(to), status: null, code: null },
          );
        return h(
          'button',
          { type: 'button', 'aria-pressed': String(pressed), 'aria-label': name, title: name, onclick },
          column,
        );
      }),
    ),
    h(
      'div',
      { class: 'scale', 'aria-hidden': 'true' },
      h('span', {}, '0'),
      h('span', {}, '0.5'),
      h('span', {}, '1'),
    ),
  );
}

/**
 * @param {Facets} facets
 * @param {URLSearchParams} query
 * @param {(changes: Record<string, string | null>) => void} change
 */
function errors({ errors: byCode }, query, change) {
  const codes = Object.entries(byCode).sort(([, a], [, b]) => b - a);
  if (codes.length === 0) return null;
  const now = query.get('code');
  return h(
    'section',
    { class: 'field', 'aria-labelledby': 'codes-title' },
    h('h2', { id: 'codes-title' }, 'Errors'),
    h(
      'div',
      { class: 'choices', role: 'group', 'aria-labelledby': 'codes-title' },
      ...codes.map(([code, n]) =>
        choice(code, n, now === code, () =>
          change(
            now === code
              ? { code: null }
              : { code, status: 'error', label: null, search: null, min: null, max: null },
          ),
        ),
      ),
    ),
  );
}

/**
 * This run, or the run that the record is carried from.
 * @param {Facets} facets
 * @param {URLSearchParams} query
 * @param {(changes: Record<string, string | null>) => void} change
 */
function labelledBy({ ok, error, gone, origins }, query, change) {
  if (origins.length === 0) return null;
  const carried = origins.reduce((sum, origin) => sum + origin.count, 0);
  const [now, from] = [query.get('carried'), query.get('origin')];
  const which = (/** @type {string} */ value) => () =>
    change({ carried: now === value ? null : value, origin: null });
  return h(
    'section',
    { class: 'field', 'aria-labelledby': 'carried-title' },
    h('h2', { id: 'carried-title' }, 'Labelled by'),
    h(
      'div',
      { class: 'choices', role: 'group', 'aria-labelledby': 'carried-title' },
      choice('this run', ok + error + gone - carried, now === 'false', which('false')),
      choice('earlier runs (carried)', carried, now === 'true', which('true')),
      ...origins.map(({ run, count: n }) =>
        choice(run, n, from === run, () => change({ origin: from === run ? null : run, carried: null })),
      ),
    ),
  );
}

/**
 * @param {RunListItem[]} others
 * @param {URLSearchParams} query
 * @param {(changes: Record<string, string | null>) => void} change
 */
function compare(others, query, change) {
  if (others.length === 0) return null;
  const now = query.get('against') ?? '';
  const select = /** @type {HTMLSelectElement} */ (
    h(
      'select',
      { id: 'against' },
      h('option', { value: '' }, 'no other run'),
      ...others.map(({ id, model }) => h('option', { value: id, selected: id === now }, `${id} · ${model}`)),
    )
  );
  select.addEventListener('change', () =>
    change({ against: select.value || null, changed: select.value ? 'true' : null }),
  );
  const only = /** @type {HTMLInputElement} */ (
    h('input', { type: 'checkbox', id: 'changed', checked: query.get('changed') === 'true' })
  );
  only.addEventListener('change', () => change({ changed: only.checked ? 'true' : null }));
  return h(
    'section',
    { class: 'field', 'aria-labelledby': 'compare-title' },
    h('h2', { id: 'compare-title' }, 'Compare'),
    h('label', { for: 'against' }, 'With'),
    select,
    now === '' ? null : h('label', { class: 'check', for: 'changed' }, only, 'only where the label changed'),
  );
}
