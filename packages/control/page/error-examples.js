/** For each error code of a run one image that ended so: what can be shown of it, its URI, and what its record says. */
import { get } from './api.js';
import { h } from './dom.js';
import { thumbnail } from './image-cell.js';
import { sign } from './placeholder.js';

/** A run that is looked through for the first time may not have come to one yet. */
const againMs = 2_000;

/**
 * @param {string} run
 * @param {AbortSignal} signal
 * @returns {(code: string) => HTMLElement} always the same element for a code; it is filled when the example is there
 */
export function errorExamples(run, signal) {
  /** @type {Map<string, HTMLElement>} */
  const elements = new Map();
  return (code) => {
    const known = elements.get(code);
    if (known !== undefined) return known;
    const element = h('div', { class: 'example' });
    elements.set(code, element);
    void fill(element, run, code, signal);
    return element;
  };
}

/**
 * @param {HTMLElement} element
 * @param {string} run
 * @param {string} code
 * @param {AbortSignal} signal
 */
async function fill(element, run, code, signal) {
  const query = new URLSearchParams({ status: 'error', code, limit: '1' });
  while (!signal.aborted) {
    // Examples are no reason for the page to fail.
    const page = await get(`/runs/${encodeURIComponent(run)}/images?${query}`, signal).catch(() => null);
    /** @type {import('./record-pages.js').FoundImage | undefined} */
    const found = page?.images[0];
    const record = found?.record;
    if (found !== undefined && record?.status === 'error') {
      const look = h('div', { class: 'look' }, found.shown ? null : sign(code));
      if (found.shown)
        look.append(thumbnail(run, found.index, signal, () => look.replaceChildren(sign(code))));
      element.replaceChildren(
        look,
        h(
          'div',
          { class: 'words' },
          h('span', { class: 'uri' }, `for example ${record.uri}`),
          h('span', { class: 'why' }, record.error.message),
        ),
      );
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
}
