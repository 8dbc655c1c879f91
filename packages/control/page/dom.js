/**
 * Elements without markup: every text goes in as text, so that no label, file name or message can become an element.
 * @param {string} name
 * @param {Record<string, unknown>} [attributes] `on…` are listeners, `null`, `undefined` and `false` are left out
 * @param {...(Node | string | number | null | undefined | false | (Node | string)[])} children
 * @returns {HTMLElement}
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  setAttributes(element, attributes);
  element.append(...shown(children));
  return element;
}

/**
 * As `h`, for drawings.
 * @param {string} name
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/**
 * @param {Element} element
 * @param {Record<string, unknown>} attributes
 */
function setAttributes(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    else element.setAttribute(key, value === true ? '' : String(value));
  }
}

/** @param {unknown[]} children */
function shown(children) {
  return /** @type {(Node | string)[]} */ (
    children
      .flat()
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (child instanceof Node ? child : String(child)))
  );
}

/**
 * A share as a bar. Widths are set by script: the policy of the page forbids style attributes in markup.
 * @param {number} share 0 to 1
 * @param {string} [className]
 */
export function bar(share, className = '') {
  const filled = h('span', { class: `fill ${className}` });
  filled.style.setProperty('inline-size', `${100 * Math.max(0, Math.min(1, share))}%`);
  return h('span', { class: 'bar', 'aria-hidden': 'true' }, filled);
}
