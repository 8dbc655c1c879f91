/**
 * Lists a large prefix by several requests at a time, and gives its objects in the order of their keys all the same.
 *
 * A page says only where the next one begins, so one listing is one request after another. Folders split the keys into
 * ranges, which are listed side by side and handed on one after the other. Where a split lies is no more than a hint:
 * range i holds the keys behind split i up to split i + 1 included, so that any splits in order give every key once.
 */
import type { ObjectEntry } from './object-store.ts';
import type { Page, PageStart } from './s3-list.ts';
import { startAfter } from './s3-list.ts';
import { compareKeys } from './uri.ts';

export interface FanOut {
  page(start: PageStart, signal: AbortSignal): Promise<Page>;
  /** URIs in the order of their keys; those up to the place where the listing begins are left out here. */
  splits(signal: AbortSignal): AsyncIterable<string>;
}

/** Ranges that are listed at a time. */
const rangesAtOnce = 8;
/** Pages of 1,000 keys that a range may be ahead of its turn: with the above, what a listing keeps in memory. */
const pagesAhead = 4;
/** A range should be as long as that: in longer ones nothing is gained, shorter ones cost a request each. */
const keysInRange = pagesAhead * 1_000;

interface Range {
  /** How many splits it goes over. */
  readonly splits: number;
  readonly pages: AsyncIterator<readonly ObjectEntry[]>;
  readonly ahead: Promise<IteratorResult<readonly ObjectEntry[]>>[];
}

/** @param after the URI behind which it begins */
export async function* fannedOut(
  { page, splits }: FanOut,
  after: string,
  outer?: AbortSignal,
): AsyncGenerator<ObjectEntry> {
  const ending = new AbortController();
  const signal = outer === undefined ? ending.signal : AbortSignal.any([outer, ending.signal]);
  const ends = rangeEnds(splits(signal), after);
  let [splitsSeen, keysSeen] = [0, 0];
  let from: string | null = after;

  const nextRange = async (): Promise<Range | null> => {
    if (from === null) return null;
    const wanted = keysSeen === 0 ? 1 : Math.max(1, Math.round((keysInRange * splitsSeen) / keysSeen));
    const { end, splits: passed } = await ends(wanted);
    const pages = pagesOf(page, from, end, signal);
    from = end;
    const range = { splits: passed, pages, ahead: [] };
    for (let n = 0; n < pagesAhead; n++) readAhead(range);
    return range;
  };

  try {
    const running: Range[] = [];
    for (;;) {
      while (running.length < rangesAtOnce) {
        const range = await nextRange();
        if (range === null) break;
        running.push(range);
      }
      const range = running.shift();
      if (range === undefined) return;
      splitsSeen += range.splits;
      for (;;) {
        const { done, value } = (await range.ahead.shift()) ?? { done: true };
        if (done) break;
        readAhead(range);
        keysSeen += value.length;
        yield* value;
      }
    }
  } finally {
    ending.abort();
  }
}

/** A generator takes up one call after the other, so they may be made before their turn. */
function readAhead(range: Range): void {
  const next = range.pages.next();
  next.catch(() => {}); // it is thrown when its turn comes, or to nobody
  range.ahead.push(next);
}

/** The keys behind `from`, up to `end` included; all the others where it is null. */
async function* pagesOf(
  page: FanOut['page'],
  from: string,
  end: string | null,
  signal: AbortSignal,
): AsyncGenerator<readonly ObjectEntry[]> {
  for (let start: PageStart | null = startAfter(from); start !== null; ) {
    const { entries, next, last }: Page = await page(start, signal);
    const isOver = end !== null && last !== null && compareKeys(last, end) > 0;
    yield isOver ? entries.filter(({ uri }) => compareKeys(uri, end) <= 0) : entries;
    start = isOver ? null : next;
  }
}

/** Where ranges end, so many splits at a time; the last one has no end. */
function rangeEnds(splits: AsyncIterable<string>, after: string) {
  const iterator = splits[Symbol.asyncIterator]();
  let last = after;
  return async (wanted: number): Promise<{ end: string | null; splits: number }> => {
    for (let passed = 0; passed < wanted; ) {
      const { done, value } = await iterator.next();
      if (done) return { end: null, splits: passed + 1 };
      if (compareKeys(value, last) <= 0) continue;
      last = value;
      passed++;
    }
    return { end: last, splits: wanted };
  };
}
