/** For each error code of a run one image that ended so: its URI, and what its record says. */
import { get } from './api.js';
import { h } from './dom.js';

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
    const record = page?.images[0]?.record ?? null;
    if (record?.status === 'error') {
      element.replaceChildren(
        h('span', { class: 'uri' }, `for example ${record.uri}`),
        h('span', { class: 'why' }, record.error.message),
      );
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
}
