/** The whole image, with everything its record says; arrow keys go to the next. */
import { h } from './dom.js';
import { goneText, nameOf, topLabels } from './image-cell.js';
import { pictureUrl } from './pictures.js';
import { placeholder } from './placeholder.js';

/** @typedef {import('./record-pages.js').FoundImage} FoundImage */

/**
 * @param {object} what
 * @param {string} what.run
 * @param {(place: number) => FoundImage | undefined} what.at
 * @param {() => number} what.total
 * @param {(from: number, to: number) => void} what.want
 * @param {(place: number) => void} what.onClose
 */
export function imageDialog({ run, at, total, want, onClose }) {
  const body = h('div', { class: 'dialog-body' });
  const title = h('h2', { id: 'image-title' });
  const step = (/** @type {number} */ by) => show(Math.max(0, Math.min(total() - 1, place + by)));
  const dialog = /** @type {HTMLDialogElement} */ (
    h(
      'dialog',
      { class: 'image-dialog', 'aria-labelledby': 'image-title' },
      h(
        'div',
        { class: 'dialog-top' },
        title,
        h('button', { type: 'button', 'aria-label': 'Previous image', onclick: () => step(-1) }, '←'),
        h('button', { type: 'button', 'aria-label': 'Next image', onclick: () => step(1) }, '→'),
        h('button', { type: 'button', onclick: () => dialog.close() }, 'Close'),
      ),
      body,
    )
  );
  let place = 0;
  let leave = new AbortController();
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowRight') step(1);
    else if (event.key === 'ArrowLeft') step(-1);
    else return;
    event.preventDefault();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    leave.abort();
    onClose(place);
  });

  /** @param {number} next */
  function show(next) {
    place = next;
    leave.abort();
    leave = new AbortController();
    const found = at(place);
    want(Math.max(0, place - 2), Math.min(total() - 1, place + 2));
    if (found === undefined || (found.record === null && found.carriedFrom === null)) {
      title.replaceChildren('Loading…');
      body.replaceChildren();
    } else if (found.record === null) {
      title.replaceChildren('Record gone');
      body.replaceChildren(
        h(
          'div',
          { class: 'whole failed' },
          placeholder('gone', 'record gone', goneText(found.carriedFrom ?? '')),
        ),
      );
    } else {
      title.replaceChildren(nameOf(found.record.uri));
      body.replaceChildren(picture(run, found, found.record, leave.signal), aside(found.record, found));
    }
    if (!dialog.open) dialog.showModal();
  }

  /** Shows it again where it was on its way. */
  function refresh() {
    if (dialog.open && body.childElementCount === 0) show(place);
  }

  return { dialog, show, refresh };
}

/**
 * @param {string} run
 * @param {FoundImage} found
 * @param {import('./image-cell.js').LabelRecord} record
 * @param {AbortSignal} signal
 */
function picture(run, { index, shown }, record, signal) {
  const none = (/** @type {string} */ why) =>
    record.status === 'error'
      ? placeholder(record.error.code, record.error.code, record.error.message)
      : h('span', { class: 'no-picture' }, why);
  if (!shown) return h('div', { class: 'whole failed' }, none(''));
  const image = /** @type {HTMLImageElement} */ (h('img', { alt: `Image ${index}: ${nameOf(record.uri)}` }));
  const holder = h('div', { class: 'whole' }, image);
  pictureUrl(`/runs/${encodeURIComponent(run)}/images/${index}/picture?size=whole`, signal)
    .then((url) => {
      image.src = url;
    })
    .catch((error) => {
      if (!signal.aborted) holder.replaceChildren(none(error instanceof Error ? error.message : ''));
    });
  return holder;
}

/**
 * @param {import('./image-cell.js').LabelRecord} record
 * @param {FoundImage} found
 */
function aside(record, { other, carriedFrom }) {
  return h(
    'div',
    { class: 'dialog-aside' },
    h(
      'div',
      { class: 'beside' },
      h('section', {}, other === null ? null : h('h3', {}, 'This run'), said(record)),
      other === null ? null : h('section', {}, h('h3', {}, 'The other run'), said(other)),
    ),
    h(
      'dl',
      { class: 'facts narrow' },
      ...[
        ['index', String(record.index)],
        ['URI', record.uri],
        ['version', record.version ?? '–'],
      ].map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
      carriedFrom === null
        ? null
        : h('div', {}, h('dt', {}, 'carried from'), h('dd', {}, runLink(carriedFrom))),
    ),
  );
}

/** @param {string} run */
function runLink(run) {
  return h('a', { href: `#/run/${encodeURIComponent(run)}` }, run);
}

/** @param {import('./image-cell.js').LabelRecord} record */
function said(record) {
  if (record.status === 'ok') return topLabels(record);
  const { code, message, retryable } = record.error;
  const again = retryable ? 'A retry may end otherwise.' : 'A retry would end the same.';
  return h(
    'div',
    { class: 'failure-said' },
    h('strong', {}, code),
    h('p', {}, message),
    h('p', { class: 'hint' }, again),
  );
}
