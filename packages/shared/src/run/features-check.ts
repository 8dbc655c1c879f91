import { messageOf } from '../errors.ts';
import type { LabelRecord } from '../schema/record.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodeFeatureRows, type FeatureRow } from './features-file.ts';
import { listFeaturesFiles } from './features-files.ts';
import type { Difference } from './recount.ts';
import { readIfThere } from './run-files.ts';
import { runFolder } from './run-folder.ts';

/** Holds a run's features files against its parts: exactly one row for each image that is `ok`. */
export class FeaturesCheck {
  readonly #store: ObjectStore;
  readonly #folder: string;
  /** By chunk; a retry adds a file. */
  readonly #files: ReadonlyMap<number, readonly string[]>;
  readonly #differences: Difference[] = [];

  private constructor(store: ObjectStore, folder: string, files: ReadonlyMap<number, readonly string[]>) {
    this.#store = store;
    this.#folder = folder;
    this.#files = files;
  }

  static async open(store: ObjectStore, folder: string): Promise<FeaturesCheck> {
    return new FeaturesCheck(store, folder, await listFeaturesFiles(store, folder));
  }

  /** @param records the chunk's part */
  async check(seq: number, records: readonly LabelRecord[]): Promise<void> {
    const first = runFolder.features(this.#folder, seq, 0);
    if (!this.#files.get(seq)?.includes(first)) {
      this.#differ('missing_features', first, `${first} is not there`);
      return;
    }
    const rows: FeatureRow[] = [];
    for (const uri of this.#files.get(seq) ?? []) {
      const body = await readIfThere(this.#store, uri);
      if (body === null) continue;
      try {
        rows.push(...(await decodeFeatureRows(body, uri)));
      } catch (error) {
        this.#differ('broken_features', uri, messageOf(error));
        return;
      }
    }
    rows.sort((a, b) => a.index - b.index);
    const due = records.filter(({ status }) => status === 'ok');
    const wrong = due.find((record, place) => !isOf(rows[place], record)) ?? rows[due.length];
    if (wrong === undefined) return;
    const counts = `${rows.length} rows of features for ${due.length} images that are ok`;
    const message = `${first}: ${counts}; they differ at image ${wrong.index}`;
    this.#differ('wrong_features', first, message);
  }

  /** @param chunks of the run: files beyond belong to none */
  differences(chunks: number): readonly Difference[] {
    const extra = [...this.#files].filter(([seq]) => seq >= chunks).flatMap(([, uris]) => uris);
    return [
      ...this.#differences,
      ...extra.map((uri) => ({
        code: 'extra_features',
        uri,
        message: `${uri} belongs to no listed chunk`,
      })),
    ];
  }

  #differ(code: string, uri: string, message: string): void {
    this.#differences.push({ code, uri, message });
  }
}

function isOf(row: FeatureRow | undefined, { index, uri, version }: LabelRecord): boolean {
  return row?.index === index && row.uri === uri && row.version === (version ?? null);
}
