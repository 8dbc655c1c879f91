/**
 * A grid of any number of cells that holds elements only for those in sight.
 *
 * Browsers make nothing higher than some 16 million pixels, and a million images are higher: beyond `tallest` the
 * scroll bar stands for a share of the grid, while wheel and keys still move by the pixels they say.
 */
import { h } from './dom.js';

const tallest = 8_000_000;
const rowsBeyond = 2;

export class VirtualGrid {
  #total = 0;
  #columns = 1;
  #cellWidth = 200;
  #top = 0;
  #lastScroll = 0;
  #focused = 0;
  #frame = 0;
  /** @type {Map<number, HTMLElement>} row elements by row */
  #rows = new Map();

  /**
   * @param {object} what
   * @param {string} what.label
   * @param {number} what.captionHeight below the square picture
   * @param {(place: number) => HTMLElement} what.cell makes the cell
   * @param {(from: number, to: number) => void} what.onSight called with the places in sight
   * @param {(place: number) => void} what.onOpen
   */
  constructor({ label, captionHeight, cell, onSight, onOpen }) {
    this.captionHeight = captionHeight;
    this.cell = cell;
    this.onSight = onSight;
    this.onOpen = onOpen;
    this.space = h('div', { class: 'space', role: 'presentation' });
    this.element = h(
      'div',
      { class: 'grid-scroll', role: 'grid', 'aria-label': label, 'aria-rowcount': 0 },
      this.space,
    );
    this.element.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.element.addEventListener('click', (event) => this.#clicked(event));
    new ResizeObserver(() => this.#layout()).observe(this.element);
  }

  get columns() {
    return this.#columns;
  }

  /** @param {number} total */
  setTotal(total) {
    this.#total = total;
    this.#focused = Math.min(this.#focused, Math.max(0, total - 1));
    this.element.setAttribute('aria-rowcount', String(this.#rowCount));
    this.space.style.setProperty('block-size', `${Math.min(tallest, this.#height)}px`);
    this.refresh();
  }

  /** Makes the cells in sight anew. */
  refresh() {
    for (const row of this.#rows.values()) row.remove();
    const hadFocus = this.#hadFocus;
    this.#rows.clear();
    this.#draw();
    if (hadFocus) this.#focusCell();
  }

  /** @param {number} place made anew where it is in sight */
  refreshCell(place) {
    const old = this.#rows.get(Math.floor(place / this.#columns))?.children[place % this.#columns];
    if (old === undefined) return;
    const hadFocus = old === document.activeElement;
    const fresh = this.#makeCell(place);
    old.replaceWith(fresh);
    if (hadFocus) fresh.focus({ preventScroll: true });
  }

  /** @param {number} place */
  focus(place) {
    if (this.#total === 0) return;
    const before = this.#focused;
    this.#focused = Math.max(0, Math.min(this.#total - 1, place));
    this.#rows
      .get(Math.floor(before / this.#columns))
      ?.children[before % this.#columns]?.setAttribute('tabindex', '-1');
    this.#show(this.#focused);
    this.#focusCell();
  }

  #hadFocus = false;

  get #rowHeight() {
    return this.#cellWidth + this.captionHeight;
  }

  get #rowCount() {
    return Math.ceil(this.#total / this.#columns);
  }

  get #height() {
    return this.#rowCount * this.#rowHeight;
  }

  get #mostTop() {
    return Math.max(0, this.#height - this.element.clientHeight);
  }

  #layout() {
    const width = this.space.clientWidth;
    if (width === 0) return;
    const first = Math.floor(this.#top / this.#rowHeight) * this.#columns;
    this.#columns = Math.max(2, Math.floor(width / 190));
    this.#cellWidth = Math.floor(width / this.#columns);
    this.element.setAttribute('aria-colcount', String(this.#columns));
    this.setTotal(this.#total);
    this.#moveTo(Math.floor(first / this.#columns) * this.#rowHeight);
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.element;
    const most = scrollHeight - clientHeight;
    const step = scrollTop - this.#lastScroll;
    this.#lastScroll = scrollTop;
    if (this.#height <= tallest) this.#top = scrollTop;
    else if (scrollTop <= 0) this.#top = 0;
    else if (scrollTop >= most - 1) this.#top = this.#mostTop;
    else if (Math.abs(step) <= clientHeight)
      this.#top = Math.max(0, Math.min(this.#mostTop, this.#top + step));
    else this.#top = (scrollTop / most) * this.#mostTop;
    this.#drawSoon();
  }

  /** @param {number} top in the grid's own pixels */
  #moveTo(top) {
    this.#top = Math.max(0, Math.min(this.#mostTop, top));
    const most = this.element.scrollHeight - this.element.clientHeight;
    const scroll = this.#height <= tallest ? this.#top : (this.#top / Math.max(1, this.#mostTop)) * most;
    this.element.scrollTop = scroll;
    this.#lastScroll = this.element.scrollTop;
    this.#draw();
  }

  /** @param {number} place */
  #show(place) {
    const top = Math.floor(place / this.#columns) * this.#rowHeight;
    const bottom = top + this.#rowHeight;
    if (top < this.#top) this.#moveTo(top);
    else if (bottom > this.#top + this.element.clientHeight) this.#moveTo(bottom - this.element.clientHeight);
    else this.#draw();
  }

  #focusCell() {
    const cell = /** @type {HTMLElement | undefined} */ (
      this.#rows.get(Math.floor(this.#focused / this.#columns))?.children[this.#focused % this.#columns]
    );
    cell?.setAttribute('tabindex', '0');
    cell?.focus({ preventScroll: true });
  }

  #drawSoon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const sight = this.element.clientHeight;
    const first = Math.max(0, Math.floor(this.#top / this.#rowHeight) - rowsBeyond);
    const last = Math.min(this.#rowCount - 1, Math.ceil((this.#top + sight) / this.#rowHeight) + rowsBeyond);
    const focusedRow = Math.floor(this.#focused / this.#columns);
    this.#hadFocus = this.element.contains(document.activeElement) && document.activeElement !== this.element;
    for (const [row, element] of this.#rows) {
      // The one that has the focus stays, or the next key would go nowhere.
      if ((row >= first && row <= last) || (row === focusedRow && this.#hadFocus)) continue;
      element.remove();
      this.#rows.delete(row);
    }
    if (last < first) return;
    this.onSight(first * this.#columns, Math.min(this.#total, (last + 1) * this.#columns) - 1);
    for (let row = first; row <= last; row++) if (!this.#rows.has(row)) this.#addRow(row);
    const shift = this.element.scrollTop - this.#top;
    for (const [row, element] of this.#rows) {
      element.style.setProperty('transform', `translateY(${row * this.#rowHeight + shift}px)`);
    }
  }

  /** @param {number} row */
  #addRow(row) {
    const first = row * this.#columns;
    const cells = Array.from({ length: Math.min(this.#columns, this.#total - first) }, (_, column) =>
      this.#makeCell(first + column),
    );
    const element = h('div', { class: 'grid-row', role: 'row', 'aria-rowindex': row + 1 }, ...cells);
    element.style.setProperty('block-size', `${this.#rowHeight}px`);
    element.style.setProperty('grid-template-columns', `repeat(${this.#columns}, ${this.#cellWidth}px)`);
    // In the order of the rows, so that a screen reader goes through them so.
    const after = [...this.#rows.keys()].filter((other) => other > row).sort((a, b) => a - b)[0];
    this.space.insertBefore(element, after === undefined ? null : (this.#rows.get(after) ?? null));
    this.#rows.set(row, element);
  }

  /** @param {number} place */
  #makeCell(place) {
    const cell = this.cell(place);
    cell.setAttribute('role', 'gridcell');
    cell.setAttribute('aria-colindex', String((place % this.#columns) + 1));
    cell.setAttribute('tabindex', place === this.#focused ? '0' : '-1');
    cell.dataset.place = String(place);
    return cell;
  }

  /** @param {Event} event */
  #clicked(event) {
    const cell = /** @type {Element} */ (event.target).closest('[data-place]');
    if (!(cell instanceof HTMLElement)) return;
    const place = Number(cell.dataset.place);
    this.focus(place);
    this.onOpen(place);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const screen = Math.max(1, Math.floor(this.element.clientHeight / this.#rowHeight)) * this.#columns;
    /** @type {Record<string, number>} */
    const steps = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: this.#columns,
      ArrowUp: -this.#columns,
      PageDown: screen,
      PageUp: -screen,
      Home: -this.#total,
      End: this.#total,
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') this.onOpen(this.#focused);
    else if (steps[event.key] !== undefined) this.focus(this.#focused + (steps[event.key] ?? 0));
    else return;
    event.preventDefault();
  }
}
