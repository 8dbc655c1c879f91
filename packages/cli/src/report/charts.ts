/** The report's charts, as SVG: sizes are attributes, so that no inline style is needed. */
import type { CalibrationBin } from '@labelmill/models/accuracy/calibration';
import { type Html, html } from './html.ts';

export interface Bar {
  readonly name: string;
  /** Shown whole where the name is cut. */
  readonly title: string;
  readonly value: number;
  readonly shown: string;
}

/** Rows of a name, a bar and a number; the longest bar is full. */
export function barRows(bars: readonly Bar[]): Html {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const rows = bars.map(
    ({ name, title, value, shown }) =>
      html`<span class="name" title="${title}">${name}</span><svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="bar" width="${round((100 * value) / most)}" height="1"/></svg><span class="count">${shown}</span>`,
  );
  return html`<div class="bars">${rows}</div>`;
}

const [width, height] = [460, 190];
const plot = { left: 8, right: width - 8, top: 18, bottom: height - 22 };
const across = (share: number) => round(plot.left + share * (plot.right - plot.left));
const down = (share: number) => round(plot.bottom - share * (plot.bottom - plot.top));

/** Columns over 0…1, the highest of them full height; each says its range and images on hover. */
export function histogram(bins: readonly number[], title: string): Html {
  const most = Math.max(...bins);
  const step = 1 / bins.length;
  const columns = bins.map((images, bin) => {
    const x = across(bin * step) + 1;
    const y = images === 0 ? plot.bottom : Math.min(down(images / most), plot.bottom - 1);
    const range = `${(bin * step).toFixed(2)} to ${((bin + 1) * step).toFixed(2)}: ${images} images`;
    return html`<rect class="bar" x="${x}" y="${y}" width="${round(across(step) - across(0) - 2)}" height="${round(plot.bottom - y)}" rx="2"><title>${range}</title></rect>`;
  });
  const peak = bins.indexOf(most);
  const anchor = peak < 2 ? 'start' : peak > bins.length - 3 ? 'end' : 'middle';
  const at = across((peak + (anchor === 'start' ? 0 : anchor === 'end' ? 1 : 0.5)) * step);
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">${columns}<text x="${at}" y="${plot.top - 6}" text-anchor="${anchor}">${most}</text>${axis()}</svg>`;
}

/** Confidence across, share that is right up; on the dashed line the two agree. */
export function reliability(bins: readonly CalibrationBin[], title: string): Html {
  const columns = bins.map(({ from, to, images, accuracy, confidence }) => {
    if (accuracy === null || confidence === null) return html``;
    const y = Math.min(down(accuracy), plot.bottom - 1);
    const said = `confidence ${confidence.toFixed(2)}, right ${accuracy.toFixed(2)}: ${images} images`;
    return html`<rect class="bar" x="${across(from) + 1}" y="${y}" width="${round(across(to) - across(from) - 2)}" height="${round(plot.bottom - y)}" rx="2"><title>${said}</title></rect>`;
  });
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">${columns}<line class="ideal" x1="${across(0)}" y1="${down(0)}" x2="${across(1)}" y2="${down(1)}"/>${axis()}</svg>`;
}

function axis(): Html {
  const marks = [0, 0.25, 0.5, 0.75, 1].map((mark) => {
    const anchor = mark === 0 ? 'start' : mark === 1 ? 'end' : 'middle';
    return html`<text x="${across(mark)}" y="${plot.bottom + 16}" text-anchor="${anchor}">${mark}</text>`;
  });
  return html`<line class="axis" x1="${plot.left}" x2="${plot.right}" y1="${plot.bottom}" y2="${plot.bottom}"/>${marks}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
