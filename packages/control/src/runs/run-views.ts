/** A run as the page shows it: from the ledger where one knows it, and from its folder otherwise. */
import { type ImageErrorCode, imageErrorCodes } from '@labelmill/shared/errors';
import type { Account } from '@labelmill/shared/ledger/account';
import type { Ledger } from '@labelmill/shared/ledger/ledger';
import { readListed, readRun, readSummary } from '@labelmill/shared/run/run-files';
import type { Run, Summary } from '@labelmill/shared/schema/run';
import { bottleneck, type Precision } from '@labelmill/shared/stages/bottleneck';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import type { RunView } from '../api-schema.ts';
import type { Gallery } from '../records/gallery.ts';
import type { IndexedRun } from '../records/record-index.ts';
import type { KnownRun } from './run-catalogue.ts';

/** A list of many runs in S3 is asked for every two seconds. */
const rememberedMs = 30_000;

export class RunViews {
  readonly #store: ObjectStore;
  readonly #ledger: Ledger | null;
  readonly #summaries = new Map<string, { readonly summary: Summary; readonly readAt: number }>();
  readonly #gallery: Gallery;
  /** What a run was asked never changes. */
  readonly #asked = new Map<string, Run>();

  /** @param gallery counts what no ledger and no summary says */
  constructor(store: ObjectStore, ledger: Ledger | null, gallery: Gallery) {
    this.#gallery = gallery;
    this.#store = store;
    this.#ledger = ledger;
  }

  get hasRedis(): boolean {
    return this.#ledger !== null;
  }

  /** Null where no Redis knows the run. */
  async account(id: string): Promise<Account | null> {
    return this.#ledger === null ? null : this.#ledger.account(id);
  }

  /** @throws UsageError `not_a_run` */
  async asked({ id, folder }: KnownRun): Promise<Run> {
    const run = this.#asked.get(id) ?? (await readRun(this.#store, folder));
    this.#asked.set(id, run);
    return run;
  }

  /** @throws UsageError `not_a_run` */
  async view(known: KnownRun): Promise<RunView> {
    const [run, account] = await Promise.all([this.asked(known), this.account(known.id)]);
    const open = account !== null && account.state !== 'complete';
    const summary = await this.#summary(known, open);
    const counts = account ?? summary ?? (await this.#counted({ ...run, ...known }));
    const listed = account === null && summary === null ? await readListed(this.#store, known.folder) : null;
    const carried =
      account?.carried ?? (summary === null ? (listed?.carried ?? null) : (summary.carried ?? 0));
    const toLabel = account?.images ?? listed?.images ?? null;
    const images = summary?.listed ?? (toLabel === null ? null : toLabel + (carried ?? 0));
    const state = account?.state ?? (summary === null ? 'unfinished' : 'complete');
    return {
      id: run.id,
      created: run.created,
      finished: summary?.finished ?? null,
      state,
      model: run.bundle.name,
      source: run.source.uri,
      images,
      listed: account?.listed ?? images !== null,
      ok: counts.ok,
      error: counts.error,
      carried,
      folder: known.folder,
      against: run.against?.run ?? null,
      digest: run.bundle.digest,
      trained: run.bundle.trained,
      why: account?.why ?? null,
      errors: errorLines(counts.errors),
      stages: account?.stages ?? summary?.stages ?? null,
      bottleneck: account === null ? null : (bottleneck(account.stages, precisionOf(run))?.line ?? null),
      actions: this.hasRedis ? actionsOf(state, counts.error) : [],
    };
  }

  /** A summary changes only by a retry, during which a ledger says that the run is open. */
  async #summary({ id, folder }: KnownRun, open: boolean): Promise<Summary | null> {
    const known = this.#summaries.get(id);
    if (open) {
      this.#summaries.delete(id);
      return null;
    }
    if (known !== undefined && performance.now() - known.readAt < rememberedMs) return known.summary;
    const summary = await readSummary(this.#store, folder);
    if (summary !== null) this.#summaries.set(id, { summary, readAt: performance.now() });
    return summary;
  }

  /** What the run itself labelled: carried records are other runs'. */
  async #counted(run: IndexedRun): Promise<{ ok: number; error: number; errors: Record<string, number> }> {
    const { facets } = await this.#gallery.facets(run);
    const carried = facets.origins.reduce((sum, { count }) => sum + count, 0);
    return { ok: facets.ok + facets.gone - carried, error: facets.error, errors: facets.errors };
  }
}

function actionsOf(state: RunView['state'], errors: number): RunView['actions'] {
  switch (state) {
    case 'listing':
    case 'running':
      return ['pause', 'cancel'];
    case 'paused':
      return ['resume', 'cancel'];
    case 'cancelled':
    case 'unfinished':
      return ['resume'];
    case 'complete':
      return errors > 0 ? ['retry'] : [];
  }
}

function errorLines(errors: Readonly<Record<string, number>>): RunView['errors'] {
  return Object.entries(errors)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => ({ code, meaning: imageErrorCodes[code as ImageErrorCode] ?? '', count }));
}

/** A bundle's name ends with it. */
function precisionOf({ bundle: { name } }: Run): Precision {
  return name.slice(name.lastIndexOf('-') + 1) as Precision;
}
