/** The labels of one page's rows: the list column `labels`, and the columns of each row's best label. */
import type { Label } from '../schema/record.ts';
import type { ByteDictionary } from './byte-dictionary.ts';
import type { Page } from './column-chunk.ts';
import { dictionaryIndexes } from './dictionary-indexes.ts';
import type { OkLine } from './ok-line.ts';
import { rleBitPacked } from './rle-bit-packed.ts';

/** Levels of Dremel's for an optional list of required elements with required fields. */
const definition = { null: 0, empty: 1, element: 2 } as const;
const repetition = { first: 0, further: 1 } as const;

export class LabelColumns {
  readonly #ids: ByteDictionary;
  readonly #texts: ByteDictionary;
  #rows = 0;
  /** Of each row: has it a best label? */
  readonly #hasBest: Uint8Array;
  /** Of each row that has one: its place among the elements. */
  readonly #best: Int32Array;
  #bests = 0;
  #slots = 0;
  #definition = new Uint8Array(1 << 12);
  #repetition = new Uint8Array(1 << 12);
  /** Numbers in the dictionaries. */
  #id = new Int32Array(1 << 12);
  #text = new Int32Array(1 << 12);
  #score = new Float64Array(1 << 12);
  #elements = 0;

  /** @param rows at most */
  constructor(rows: number, ids: ByteDictionary, texts: ByteDictionary) {
    this.#hasBest = new Uint8Array(rows);
    this.#best = new Int32Array(rows);
    this.#ids = ids;
    this.#texts = texts;
  }

  addLine({ labels, places, scores }: OkLine, bytes: Uint8Array): void {
    this.#beginRow(labels);
    for (let place = 0; place < labels; place++) {
      const at = 4 * place;
      const id = this.#ids.place(bytes, places[at] ?? 0, places[at + 1] ?? 0);
      // A class has one id and one text: both get the same number, as long as no two classes share a text.
      const text = this.#texts.placeNear(id, bytes, places[at + 2] ?? 0, places[at + 3] ?? 0);
      this.#addElement(id, text, scores[place] ?? 0);
    }
  }

  addRow(labels: readonly Label[] | null): void {
    this.#beginRow(labels?.length ?? null);
    for (const { id, label, score } of labels ?? []) {
      this.#addElement(this.#ids.placeText(id), this.#texts.placeText(label), score);
    }
  }

  /** The pages by their columns' paths, and the values of `score`; the rows are then forgotten. */
  take() {
    const row = {
      rows: this.#rows,
      slots: this.#rows,
      nulls: this.#rows - this.#bests,
      repetition: new Uint8Array(0),
      definition: rleBitPacked(this.#hasBest, this.#rows, 1),
    };
    const list = {
      rows: this.#rows,
      slots: this.#slots,
      nulls: this.#slots - this.#elements,
      repetition: rleBitPacked(this.#repetition, this.#slots, 1),
      definition: rleBitPacked(this.#definition, this.#slots, 2),
    };
    const best = this.#bestColumns();
    const ids = (numbers: Int32Array, count: number) => dictionaryIndexes(numbers, count, this.#ids.size);
    const texts = (numbers: Int32Array, count: number) => dictionaryIndexes(numbers, count, this.#texts.size);
    const pages = {
      label_id: { ...row, values: ids(best.id, this.#bests) },
      label: { ...row, values: texts(best.text, this.#bests) },
      score: { ...row, values: new Uint8Array(best.score.buffer) },
      'labels.list.element.id': { ...list, values: ids(this.#id, this.#elements) },
      'labels.list.element.label': { ...list, values: texts(this.#text, this.#elements) },
      'labels.list.element.score': {
        ...list,
        values: new Uint8Array(this.#score.slice(0, this.#elements).buffer),
      },
    } satisfies Record<string, Page>;
    this.#rows = 0;
    this.#bests = 0;
    this.#slots = 0;
    this.#elements = 0;
    return { pages, scores: best.score };
  }

  #bestColumns() {
    const count = this.#bests;
    const columns = {
      id: new Int32Array(count),
      text: new Int32Array(count),
      score: new Float64Array(count),
    };
    for (let n = 0; n < count; n++) {
      const place = this.#best[n] ?? 0;
      columns.id[n] = this.#id[place] ?? 0;
      columns.text[n] = this.#text[place] ?? 0;
      columns.score[n] = this.#score[place] ?? 0;
    }
    return columns;
  }

  /** @param labels how many follow; null for a row without a list */
  #beginRow(labels: number | null): void {
    this.#reserve(Math.max(1, labels ?? 0));
    const has = labels !== null && labels > 0;
    this.#hasBest[this.#rows++] = has ? 1 : 0;
    if (!has) {
      this.#definition[this.#slots] = labels === null ? definition.null : definition.empty;
      this.#repetition[this.#slots++] = repetition.first;
      return;
    }
    this.#best[this.#bests++] = this.#elements;
    this.#definition.fill(definition.element, this.#slots, this.#slots + labels);
    this.#repetition.fill(repetition.further, this.#slots, this.#slots + labels);
    this.#repetition[this.#slots] = repetition.first;
    this.#slots += labels;
  }

  #addElement(id: number, text: number, score: number): void {
    this.#id[this.#elements] = id;
    this.#text[this.#elements] = text;
    this.#score[this.#elements++] = score;
  }

  #reserve(slots: number): void {
    if (this.#slots + slots <= this.#definition.length) return;
    const capacity = 2 * (this.#slots + slots);
    this.#definition = grown(this.#definition, new Uint8Array(capacity));
    this.#repetition = grown(this.#repetition, new Uint8Array(capacity));
    this.#id = grown(this.#id, new Int32Array(capacity));
    this.#text = grown(this.#text, new Int32Array(capacity));
    this.#score = grown(this.#score, new Float64Array(capacity));
  }
}

function grown<T extends Uint8Array | Int32Array | Float64Array>(before: T, larger: T): T {
  larger.set(before);
  return larger;
}
