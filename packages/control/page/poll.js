/** What the server is asked for again and again: drawn anew only where something is new, with the focus where it was. */

/** Marks an element that keeps the focus when what it is in is drawn anew; a text of its own among all. */
export const keepsFocus = 'data-focus';

/**
 * Shows what `load` gives, until the signal aborts.
 * @template T
 * @param {HTMLElement} element
 * @param {AbortSignal} signal
 * @param {number} everyMs
 * @param {() => Promise<T>} load
 * @param {(loaded: T) => Node[]} draw
 * @returns {{ ended: Promise<void>, again: () => void }} `ended` rejects as `load` does; `again` looks at once
 */
export function poll(element, signal, everyMs, load, draw) {
  let again = () => {};
  const ended = (async () => {
    for (let shown = ''; !signal.aborted; ) {
      const loaded = await load();
      const text = JSON.stringify(loaded);
      if (text !== shown && !signal.aborted) redraw(element, draw(loaded));
      shown = text;
      await new Promise((resolve) => {
        again = () => resolve(undefined);
        setTimeout(resolve, everyMs);
      });
    }
  })();
  return { ended, again: () => again() };
}

/**
 * @param {HTMLElement} element
 * @param {Node[]} children
 */
function redraw(element, children) {
  const focus = element.contains(document.activeElement)
    ? document.activeElement?.getAttribute(keepsFocus)
    : null;
  element.replaceChildren(...children);
  if (focus !== null && focus !== undefined)
    /** @type {HTMLElement | null} */ (
      element.querySelector(`[${keepsFocus}="${CSS.escape(focus)}"]`)
    )?.focus({ preventScroll: true });
}
