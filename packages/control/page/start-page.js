/** Starts a run. */
import { get, post } from './api.js';
import { h } from './dom.js';

/** @typedef {import('../src/api-schema.ts').RunListItem} RunListItem */

/** @type {import('./main.js').View} */
export async function showStart(main, signal) {
  document.title = 'Start a run – labelmill';
  /** @type {RunListItem[]} */
  const runs = (await get('/runs', signal)).runs;
  const source = field('source', 'Source: a folder, S3 prefix or manifest', {
    placeholder: 's3://bucket/photos/',
    required: true,
  });
  const model = field('model', 'Model', { value: 'vgg-mini', required: true });
  const which = whichImages(runs.filter(({ state }) => state === 'complete'));
  const said = h('div', { role: 'alert', class: 'said-back' });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    said.replaceChildren('Looking at the source…');
    try {
      /** @type {import('../src/api-schema.ts').Started} */
      const { run, against, note } = await post('/runs', {
        source: source.input.value.trim(),
        model: model.input.value.trim(),
        ...which.asked(),
      });
      if (signal.aborted) return;
      const href = `#/run/${encodeURIComponent(run)}`;
      // More is labelled than was hoped for: that is said before anyone goes on.
      if (note !== null && against === null)
        said.replaceChildren(h('p', {}, `Started; ${note}.`), h('a', { href }, `Go to run ${run}`));
      else location.hash = href;
    } catch (error) {
      said.replaceChildren(error instanceof Error ? error.message : String(error));
    }
  };
  main.replaceChildren(
    h(
      'form',
      { class: 'card token', onsubmit: submit },
      h('h1', {}, 'Start a run'),
      ...source.parts,
      ...model.parts,
      which.element,
      h('button', { type: 'submit', class: 'primary' }, 'Start'),
      said,
    ),
  );
}

/**
 * All images, or those that have changed since an earlier run.
 * @param {RunListItem[]} complete
 */
function whichImages(complete) {
  const [all, changed] = [radio('all', true), radio('changed', false)];
  const earlier = /** @type {HTMLSelectElement} */ (
    h(
      'select',
      { class: 'earlier', 'aria-label': 'Earlier run', disabled: true },
      h('option', { value: '' }, 'the newest complete run of the source'),
      ...complete.map(({ id, model, source }) => h('option', { value: id }, `${id} · ${model} · ${source}`)),
    )
  );
  for (const one of [all, changed])
    one.addEventListener('change', () => {
      earlier.disabled = !changed.checked;
    });
  return {
    element: h(
      'fieldset',
      {},
      h('legend', {}, 'Images'),
      h('label', { class: 'check' }, all, 'all of the source'),
      h('label', { class: 'check' }, changed, 'only what has changed since'),
      earlier,
      h('p', { class: 'hint' }, 'The records of all else are carried from that run.'),
    ),
    /** What of the request's body says so. */
    asked() {
      if (!changed.checked) return {};
      return earlier.value === '' ? { only: 'changed' } : { only: 'changed', against: earlier.value };
    },
  };
}

/**
 * @param {string} value
 * @param {boolean} checked
 */
function radio(value, checked) {
  return /** @type {HTMLInputElement} */ (h('input', { type: 'radio', name: 'which', value, checked }));
}

/**
 * @param {string} id
 * @param {string} label
 * @param {Record<string, unknown>} attributes
 */
function field(id, label, attributes) {
  const input = /** @type {HTMLInputElement} */ (
    h('input', { id, autocomplete: 'off', spellcheck: 'false', ...attributes })
  );
  return { input, parts: [h('label', { for: id }, label), input] };
}
