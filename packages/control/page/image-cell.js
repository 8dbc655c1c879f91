/** One image in the gallery: its picture, what it was called, and the top 5 where one points or is. */
import { bar, h } from './dom.js';
import { pictureUrl } from './pictures.js';
import { placeholder } from './placeholder.js';

/** @typedef {import('./record-pages.js').FoundImage} FoundImage */
/** @typedef {NonNullable<FoundImage['record']>} LabelRecord */

/** @param {string} uri the last part of the path, as people write it */
export function nameOf(uri) {
  const last = uri.replace(/\/$/, '').split('/').at(-1) ?? uri;
  try {
    return uri.startsWith('s3:') ? last : decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** @param {number} score */
export function scoreText(score) {
  return score.toFixed(score < 0.1 ? 3 : 2);
}

/**
 * @param {FoundImage | undefined} found
 * @param {string} run
 * @param {AbortSignal} signal
 * @param {boolean} compares
 */
export function imageCell(found, run, signal, compares) {
  if (found === undefined) return h('div', { class: 'cell waiting', 'aria-label': 'Loading' });
  const { record } = found;
  if (record === null && found.carriedFrom !== null) return goneCell(found.carriedFrom);
  if (record === null)
    return h('div', { class: 'cell waiting', 'aria-label': `Image ${found.index} is being written again` });
  const name = nameOf(record.uri);
  const caption =
    compares && found.other !== null
      ? comparedCaption(record, found.other, found.changed)
      : plainCaption(record, name);
  const frame =
    record.status === 'ok'
      ? h('div', { class: 'frame' }, thumbnail(run, found.index, signal), topLabels(record))
      : failedFrame(record.error, found, run, signal);
  if (found.carriedFrom !== null)
    frame.append(h('span', { class: 'carried', title: `Carried from run ${found.carriedFrom}` }, 'carried'));
  return h('div', { class: found.changed ? 'cell changed' : 'cell', title: name }, frame, caption);
}

/** @param {string} origin */
function goneCell(origin) {
  return h(
    'div',
    { class: 'cell' },
    h('div', { class: 'frame failed' }, placeholder('gone', 'record gone', goneText(origin))),
    h('div', { class: 'caption' }, h('div', { class: 'said' }, h('span', { class: 'name' }, 'carried'))),
  );
}

/** @param {string} origin */
export function goneText(origin) {
  return `Run ${origin}, which labelled it, does not hold its record any more.`;
}

/**
 * What can be shown of an image that could not be labelled, or why there is nothing to show.
 * @param {import('./record-pages.js').RecordError} error
 * @param {FoundImage} found
 * @param {string} run
 * @param {AbortSignal} signal
 */
function failedFrame({ code, message }, { index, shown }, run, signal) {
  const words = placeholder(code, code, message);
  const frame = h('div', { class: 'frame failed' }, shown ? null : words);
  if (shown)
    frame.append(
      thumbnail(run, index, signal, () => frame.replaceChildren(words)),
      h('span', { class: 'code', title: message }, code),
    );
  return frame;
}

/** @param {LabelRecord} record */
function saying(record) {
  if (record.status === 'error') return record.error.code;
  const [first] = record.labels;
  return first === undefined ? 'no label' : `${first.label} ${scoreText(first.score)}`;
}

/**
 * @param {string} run
 * @param {number} index
 * @param {AbortSignal} signal
 * @param {() => void} [onNone] called where there is no picture, in place of saying so
 */
export function thumbnail(run, index, signal, onNone) {
  const image = /** @type {HTMLImageElement} */ (h('img', { alt: '', class: 'thumb', draggable: 'false' }));
  pictureUrl(`/runs/${encodeURIComponent(run)}/images/${index}/picture`, signal)
    .then((url) => {
      image.src = url;
    })
    .catch((error) => {
      if (signal.aborted) return;
      if (onNone !== undefined) onNone();
      else image.replaceWith(h('span', { class: 'no-picture' }, error instanceof Error ? error.message : ''));
    });
  return image;
}

/** @param {LabelRecord & { status: 'ok' }} record */
export function topLabels(record) {
  return h(
    'ul',
    { class: 'top-labels' },
    ...record.labels
      .slice(0, 5)
      .map(({ label, score }) =>
        h(
          'li',
          {},
          h('span', { class: 'name' }, label),
          h('span', { class: 'score' }, scoreText(score)),
          bar(score),
        ),
      ),
  );
}

/**
 * @param {LabelRecord} record
 * @param {string} name
 */
function plainCaption(record, name) {
  const [first] = record.status === 'ok' ? record.labels : [];
  return h(
    'div',
    { class: 'caption' },
    h(
      'div',
      { class: 'said' },
      h('span', { class: 'name' }, first?.label ?? (record.status === 'ok' ? 'no label' : 'error')),
      first === undefined ? null : h('span', { class: 'score' }, scoreText(first.score)),
    ),
    first === undefined ? null : bar(first.score),
    h('div', { class: 'file', title: name }, name),
  );
}

/**
 * @param {LabelRecord} record
 * @param {LabelRecord} other
 * @param {boolean} changed
 */
function comparedCaption(record, other, changed) {
  return h(
    'div',
    { class: 'caption compared' },
    h(
      'div',
      { class: 'said' },
      h('span', { class: 'which' }, 'this'),
      h('span', { class: 'name' }, saying(record)),
    ),
    h(
      'div',
      { class: changed ? 'said differs' : 'said' },
      h('span', { class: 'which' }, 'other'),
      h('span', { class: 'name' }, saying(other)),
    ),
  );
}
