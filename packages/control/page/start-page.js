/** Starts a run. */
import { post } from './api.js';
import { h } from './dom.js';

/** @type {import('./main.js').View} */
export async function showStart(main, signal) {
  document.title = 'Start a run – labelmill';
  const source = field('source', 'Source: a folder, S3 prefix or manifest', {
    placeholder: 's3://bucket/photos/',
    required: true,
  });
  const model = field('model', 'Model', { value: 'vgg-mini', required: true });
  const said = h('p', { role: 'alert', class: 'said-back' });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    said.replaceChildren('Looking at the source…');
    try {
      const { run } = await post('/runs', {
        source: source.input.value.trim(),
        model: model.input.value.trim(),
      });
      if (!signal.aborted) location.hash = `#/run/${run}`;
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
      h('button', { type: 'submit', class: 'primary' }, 'Start'),
      said,
    ),
  );
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
