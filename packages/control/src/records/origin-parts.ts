/** The parts of the runs that labelled a run's carried images. */
import { codeOf } from '@labelmill/shared/errors';
import type { CarriedImage } from '@labelmill/shared/run/carried-file';
import { originFolder } from '@labelmill/shared/run/carried-records';
import { RecentChunks } from '@labelmill/shared/run/recent-chunks';
import { readIfThere, readRun } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import type { Run } from '@labelmill/shared/schema/run';
import type { Stores } from '@labelmill/shared/store/stores';
import { parsedLine, type Seen } from './index-part.ts';
import type { OriginTable } from './origin-table.ts';
import { PartLines } from './part-lines.ts';
import { readableLines } from './readable-lines.ts';

export class OriginParts {
  readonly #stores: Stores;
  readonly #run: Pick<Run, 'id' | 'against'>;
  readonly #folder: string;
  readonly #origins: OriginTable;
  /** By URI. Bytes, not records: a part of those takes many times the memory, and few of its fields are looked at. */
  readonly #parts = new RecentChunks<PartLines>();

  /** @param origins gets those that are new */
  constructor(stores: Stores, run: Pick<Run, 'id' | 'against'>, folder: string, origins: OriginTable) {
    this.#stores = stores;
    this.#run = run;
    this.#folder = folder;
    this.#origins = origins;
  }

  /** The number of the run that labelled it; 0 where there are too many. @throws LabelmillError `broken_run` */
  async number({ run }: CarriedImage): Promise<number> {
    return this.#origins.numberOf(run) || (await this.#add(run));
  }

  /** Null where that run does not hold the image's record any more. */
  async record({ run, index, uri }: CarriedImage): Promise<Seen | null> {
    const origin = this.#origins.at(this.#origins.numberOf(run));
    if (origin === null) return null;
    const seq = Math.floor(index / origin.chunkSize);
    const part = runFolder.part(origin.folder, seq, origin);
    const lines = await this.#parts.get(part, async () => {
      const body = await readIfThere(this.#stores.for(part), part);
      return new PartLines(body === null ? new Uint8Array() : await readableLines(body, part));
    });
    const record = parsedLine(lines.line(index - seq * origin.chunkSize));
    return record?.uri === uri && record.status === 'ok' ? record : null;
  }

  /** A run whose folder is gone is named all the same: its records are gone with it. */
  async #add(run: string): Promise<number> {
    const folder = originFolder(this.#run, this.#folder, run);
    const { chunkSize, partFormat } = await readRun(this.#stores.for(folder), folder).catch(
      (error: unknown) => {
        if (codeOf(error) !== 'not_a_run') throw error;
        return { chunkSize: 1, partFormat: 'jsonl' as const };
      },
    );
    return this.#origins.add({ run, folder, chunkSize, partFormat });
  }
}
