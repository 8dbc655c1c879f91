/** Schedules as the page shows them, and what may be done to them there: as the command line does. */
import type { ListedSchedule, Schedules } from '@labelmill/producer/schedule/schedules';
import { printable } from '@labelmill/shared/printable';
import type { ScheduleView } from '../api-schema.ts';
import type { RunCatalogue } from '../runs/run-catalogue.ts';
import type { RunViews } from '../runs/run-views.ts';

export class ScheduleViews {
  readonly #schedules: Schedules;
  readonly #catalogue: RunCatalogue;
  readonly #views: RunViews;

  constructor(schedules: Schedules, catalogue: RunCatalogue, views: RunViews) {
    this.#schedules = schedules;
    this.#catalogue = catalogue;
    this.#views = views;
  }

  /** By name. */
  async list(): Promise<ScheduleView[]> {
    return Promise.all((await this.#schedules.list()).map((listed) => this.#view(listed)));
  }

  /** @throws UsageError `unknown_schedule` */
  async pause(name: string, paused: boolean): Promise<void> {
    await this.#schedules.pause(name, paused);
  }

  /** @throws UsageError `unknown_schedule` */
  async runNow(name: string): Promise<void> {
    await this.#schedules.runNow(name);
  }

  async #view({ schedule, next, lastRun, waiting, failure }: ListedSchedule): Promise<ScheduleView> {
    const { name, cron, timeZone, paused, source, model, output, only, overlap } = schedule;
    return {
      ...{ name, cron, timeZone, paused, source: source.uri, model, output, overlap, waiting },
      onlyChanged: only === 'changed',
      next: next?.toISOString() ?? null,
      lastRun: lastRun === null ? null : await this.#lastRun(lastRun),
      failure: failure === null ? null : { ...failure, message: printable(failure.message) },
    };
  }

  async #lastRun(id: string): Promise<ScheduleView['lastRun']> {
    if ((await this.#catalogue.ids()).includes(id)) {
      const { state, images, ok, error, carried } = await this.#views.view(this.#catalogue.run(id));
      return { id, state, images, ok, error, carried, shown: true };
    }
    const account = await this.#views.account(id);
    if (account === null)
      return { id, state: null, images: null, ok: null, error: null, carried: null, shown: false };
    const { state, images, ok, error, carried } = account;
    return { id, state, images: images + carried, ok, error, carried, shown: false };
  }
}
