/** Schedules over the API, with a real Redis, a real producer and a real worker. */
import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { Serving } from '../parts/serve.ts';
import { ServedFolder } from '../parts/served-folder.ts';
import type { TemporaryFolder } from '../parts/temp-folder.ts';

let folder: TemporaryFolder;
let served: ServedFolder;
let serving: Serving;
let source: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  served = await ServedFolder.open();
  ({ folder, serving, env } = served);
  source = join(folder.path, 'photos');
  await cp(join(repository, 'examples/photos'), source, { recursive: true });
  const { out } = served;
  const asked = ['--cron', '0 3 * * *', '--tz', 'Europe/Berlin', '--source', source, '--out', out];
  await labelmill(['schedule', 'add', 'nightly', ...asked, '--only', 'changed'], { env });
});
afterAll(() => served?.[Symbol.asyncDispose]());

async function act(name: string, action: string) {
  const response = await serving.fetch(`/api/schedules/${name}/${action}`, { method: 'POST' });
  // biome-ignore lint/suspicious/noExplicitAny: what comes back is what the tests look at
  return { status: response.status, answer: (await response.json()) as any };
}

// biome-ignore lint/suspicious/noExplicitAny: what comes back is what the tests look at
async function nightly(is: (schedule: any) => boolean = () => true) {
  for (;;) {
    const { schedules } = await serving.get('/api/schedules');
    if (is(schedules[0])) return schedules[0];
  }
}

describe('a schedule', () => {
  it('is shown with when it is next due by its own clock, and is paused and resumed', async () => {
    const { next, ...rest } = await nightly();
    expect(rest).toMatchObject({
      ...{ name: 'nightly', cron: '0 3 * * *', timeZone: 'Europe/Berlin', paused: false, onlyChanged: true },
      ...{ source: `file://${source}/`, lastRun: null, waiting: false, failure: null, overlap: 'skip' },
    });
    const berlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
    expect(berlin.format(new Date(next))).toBe('03:00');
    expect((await act('nightly', 'pause')).answer).toEqual({ schedule: 'nightly' });
    expect(await nightly()).toMatchObject({ paused: true, next: null });
    await act('nightly', 'resume');
    expect(await nightly()).toMatchObject({ paused: false, next });
  });

  it('is run now, and tells what became of it: no producer, a run and its counts, a source that is gone', async () => {
    expect((await act('nightly', 'run')).status).toBe(200);
    expect(await nightly()).toMatchObject({ waiting: true, lastRun: null });
    await using _producer = new LabelmillProcess(['producer'], { env });
    await using _worker = new LabelmillProcess(['worker'], { env });
    // The list of runs is remembered for a moment.
    const { lastRun, waiting } = await nightly(
      (now) => now.lastRun?.state === 'complete' && now.lastRun.shown,
    );
    expect(waiting).toBe(false);
    expect(lastRun).toMatchObject({ images: 15, ok: 15, error: 0, shown: true });
    expect((await serving.get(`/api/runs/${lastRun.id}`)).state).toBe('complete');

    await rename(source, `${source}-away`);
    await act('nightly', 'run');
    const { failure } = await nightly((now) => now.failure !== null);
    expect(failure.message).toContain(source);
    expect(Math.abs(Date.parse(failure.at) - Date.now())).toBeLessThan(60_000);
    await rename(`${source}-away`, source);
    await act('nightly', 'run');
    const mended = await nightly((now) => now.failure === null && now.lastRun?.state === 'complete');
    expect(mended.lastRun.id > lastRun.id).toBe(true);
  });

  it('that there is none of is not found', async () => {
    for (const action of ['pause', 'resume', 'run'])
      expect(await act('weekly', action)).toMatchObject({
        status: 404,
        answer: { code: 'unknown_schedule' },
      });
  });
});

it('without a Redis there are none', async () => {
  await using alone = await Serving.start(join(folder.path, 'runs'), {
    env: { XDG_CACHE_HOME: join(folder.path, 'cache') },
  });
  expect(await alone.get('/api/schedules')).toMatchObject({ status: 409, code: 'no_redis' });
});
