/** In place of a picture that there is none of: why, as a sign and in words. */
import { h, svg } from './dom.js';

const lock = 'M7 11V8a5 5 0 0 1 10 0v3M5 11h14v10H5z';
const tooMuch = 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5M9 9h6v6H9z';
const broken = 'M3 4h18v7l-4 4-4-4-4 4-3-3-3 3zM3 19v1h18v-4';
const clock = 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l4 2';
const nothing = 'M6 3h8l4 4v14H6zM14 3v4h4M9.5 12l5 5M14.5 12l-5 5';
const unknown = 'M6 3h8l4 4v14H6zM14 3v4h4M10 12a2 2 0 1 1 2.6 1.9c-.5.2-.6.5-.6 1.1M12 17.5v.5';
const warning = 'M12 4 2.5 20h19zM12 10v5M12 17.2v.3';

/** Strokes in a square of 24, by error code. @type {Record<string, string>} */
const signs = {
  not_found: nothing,
  empty: nothing,
  gone: nothing,
  forbidden: lock,
  uri_refused: lock,
  too_large: tooMuch,
  too_many_pixels: tooMuch,
  bad_aspect: tooMuch,
  unsupported_format: unknown,
  undecodable: broken,
  crashed_decoder: broken,
  decode_timeout: clock,
  fetch_timeout: clock,
};

/** @param {string} code of an error record, or `gone` */
export function sign(code) {
  const strokes = svg('path', { d: signs[code] ?? warning });
  return svg('svg', { class: 'sign', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, strokes);
}

/**
 * @param {string} code
 * @param {string} title
 * @param {string} why
 */
export function placeholder(code, title, why) {
  return h(
    'div',
    { class: 'placeholder' },
    sign(code),
    h('strong', {}, title),
    h('span', { class: 'why' }, why),
  );
}
