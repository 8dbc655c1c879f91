/** What a run under way has found, from some of its parts: the ledger counts images and errors, not labels. */
import { decodePart } from '@labelmill/shared/run/part';
import { readIfThere } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import type { Run } from '@labelmill/shared/schema/run';
import type { ObjectStore } from '@labelmill/shared/store/object-store';

/** Parts read at each look: little beside what the run itself reads. */
const partsEach = 4;

export class LabelSample {
  readonly #store: ObjectStore;
  readonly #folder: string;
  readonly #run: Pick<Run, 'partFormat'>;
  #next = 0;
  #refused = false;
  /** Images of the parts that were read, by best label. */
  readonly labels = new Map<string, number>();

  constructor(store: ObjectStore, folder: string, run: Pick<Run, 'partFormat'>) {
    this.#store = store;
    this.#folder = folder;
    this.#run = run;
  }

  /**
   * Reads a few parts more. Where that fails there is no histogram: a display must not end for it.
   * @param doneChunks of the run; chunks are done roughly in order, and one that is not there is passed over
   */
  async look(doneChunks: number): Promise<void> {
    if (this.#refused) return;
    // Of a quick run the newest are read, and others left out.
    this.#next = Math.max(this.#next, doneChunks - 16 * partsEach);
    try {
      for (const end = Math.min(doneChunks, this.#next + partsEach); this.#next < end; this.#next++) {
        const part = runFolder.part(this.#folder, this.#next, this.#run);
        const body = await readIfThere(this.#store, part);
        if (body !== null) this.#add(await decodePart(body, part));
      }
    } catch {
      this.#refused = true;
    }
  }

  #add(records: readonly LabelRecord[]): void {
    for (const record of records) {
      const best = record.status === 'ok' ? record.labels[0] : undefined;
      if (best !== undefined) this.labels.set(best.label, (this.labels.get(best.label) ?? 0) + 1);
    }
  }
}
