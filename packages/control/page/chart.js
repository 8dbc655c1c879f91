/** Small line charts over time, as SVG; what they show is also said in words for those who do not see them. */
import { h, svg } from './dom.js';

/** As wide as on the screen, about, so that the text in it is as large as it says. */
const width = innerWidth < 700 ? 340 : 600;
const height = 160;
const margin = { left: 44, right: 8, top: 8, bottom: 22 };

/**
 * @typedef {{ name: string, className: string, values: (number | null)[] }} Line
 * @param {object} what
 * @param {string} what.title
 * @param {string} what.unit
 * @param {number[]} what.times milliseconds, ascending
 * @param {Line[]} what.lines
 * @param {(value: number) => string} what.format
 * @param {number} [what.most] end of the axis; by the values where it is not given
 */
export function lineChart({ title, unit, times, lines, format, most }) {
  const values = lines.flatMap((line) => line.values).filter((value) => value !== null);
  const top = most ?? niceTop(Math.max(1e-9, ...values));
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 1];
  const x = (/** @type {number} */ time) =>
    margin.left + ((time - first) / Math.max(1, last - first)) * (width - margin.left - margin.right);
  const y = (/** @type {number} */ value) =>
    height - margin.bottom - (Math.min(value, top) / top) * (height - margin.top - margin.bottom);
  const grid = [0, 0.5, 1].flatMap((share) => [
    svg('line', {
      class: 'grid',
      x1: margin.left,
      x2: width - margin.right,
      y1: y(share * top),
      y2: y(share * top),
    }),
    svg(
      'text',
      { class: 'tick', x: margin.left - 6, y: y(share * top) + 4, 'text-anchor': 'end' },
      format(share * top),
    ),
  ]);
  const seconds = Math.round((last - first) / 1000);
  const ticks = [
    svg('text', { class: 'tick', x: margin.left, y: height - 6 }, `${seconds} s ago`),
    svg('text', { class: 'tick', x: width - margin.right, y: height - 6, 'text-anchor': 'end' }, 'now'),
  ];
  const now = lines.map((line) => `${line.name} ${format(line.values.at(-1) ?? 0)}`).join(', ');
  const drawing = svg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${title}, now: ${now} ${unit}` },
    ...grid,
    ...ticks,
    ...lines.map((line) =>
      svg('path', { class: `line ${line.className}`, d: pathOf(line.values, times, x, y) }),
    ),
  );
  const legend =
    lines.length < 2
      ? null
      : h('ul', { class: 'legend' }, ...lines.map((line) => h('li', { class: line.className }, line.name)));
  return h(
    'figure',
    { class: 'chart' },
    h('figcaption', {}, title, ' ', h('span', { class: 'unit' }, unit)),
    drawing,
    legend,
  );
}

/**
 * @param {(number | null)[]} values
 * @param {number[]} times
 * @param {(time: number) => number} x
 * @param {(value: number) => number} y
 */
function pathOf(values, times, x, y) {
  let path = '';
  let pen = 'M';
  for (const [place, value] of values.entries()) {
    if (value === null) pen = 'M';
    else {
      path += `${pen}${x(times[place] ?? 0).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = 'L';
    }
  }
  return path;
}

/** @param {number} value the next of 1, 2, 5 times a power of ten */
function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((step) => step * power >= value) ?? 10) * power;
}
