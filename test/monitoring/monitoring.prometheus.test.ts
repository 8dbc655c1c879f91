/** The alert rules and the dashboard, against a real Prometheus that scrapes real workers and producers. */
import { execFile } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { freePort } from '../parts/free-port.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestPrometheus } from '../parts/prometheus.ts';
import { TestRedis } from '../parts/redis.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
}
interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const component = join(repository, 'k8s/components/monitoring');
let folder: TemporaryFolder;
let rulesFile: string;
let rules: Rule[];
let panels: Panel[];

beforeAll(async () => {
  await TestPrometheus.install();
  folder = await temporaryFolder();
  const { spec } = parse(await readFile(join(component, 'prometheus-rule.yaml'), 'utf8'));
  rulesFile = join(folder.path, 'rules.yaml');
  await writeFile(rulesFile, stringify(spec));
  rules = spec.groups.flatMap((group: { rules: Rule[] }) => group.rules);
  ({ panels } = JSON.parse(await readFile(join(component, 'dashboard.json'), 'utf8')));
});
afterAll(() => folder[Symbol.asyncDispose]());

it('promtool accepts the rules, and the alerts fire as their test says', async () => {
  const tests = join(folder.path, 'alerts.promtool.yaml');
  await copyFile(join(import.meta.dirname, 'alerts.promtool.yaml'), tests);
  const { stdout } = await promisify(execFile)('promtool', ['check', 'rules', rulesFile]);
  expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  await promisify(execFile)('promtool', ['test', 'rules', tests]);
});

it('every metric of the rules and of the dashboard is in the scrape of a worker and of both kinds of producer, and every panel shows something', async () => {
  await using redis = await TestRedis.start();
  const jobs = { worker: await freePort(), producer: await freePort(), schedules: await freePort() };
  await using prometheus = await TestPrometheus.start({ jobs, rules: rulesFile });
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: repository };
  const photos = join(repository, 'examples/photos');
  const enqueue = ['enqueue', photos, '--out', folder.path, '--chunk-size', '4', '--wait'];
  await using producer = new LabelmillProcess([...enqueue, '--metrics-port', String(jobs.producer)], { env });
  await prometheus.ask('query', { query: 'labelmill_run_listed == 1' }, found);
  await using _worker = new LabelmillProcess(['worker', '--health-port', String(jobs.worker)], { env });
  expect((await producer.ended).status).toBe(0);
  await prometheus.ask('query', { query: 'labelmill_images_total{outcome="ok"} > 0' }, found);

  // A producer that carries out schedules, with a run of its own.
  const health = ['--health-port', String(jobs.schedules)];
  await using _schedules = new LabelmillProcess(['producer', ...health], { env });
  const schedule = (...words: string[]) => labelmill(['schedule', ...words], { env });
  const nightly = ['--cron', '0 3 * * *', '--source', photos, '--out', folder.path];
  expect((await schedule('add', 'nightly', ...nightly)).status).toBe(0);
  expect((await schedule('run', 'nightly')).status).toBe(0);
  for (const query of [
    'labelmill_schedules_total{job="schedules",end="listed"} == 1',
    'labelmill_run_images{job="schedules",outcome="ok"} == 15',
    'labelmill_redis_up{job="schedules"} == 1',
    'nodejs_eventloop_lag_p99_seconds{job="schedules"}',
  ])
    await prometheus.ask('query', { query }, found);

  const expressions = [...rules, ...panels.flatMap(({ targets }) => targets)].map(({ expr }) => expr);
  const names = new Set(expressions.flatMap((expr) => expr.match(/\b(labelmill|nodejs|process)_\w+/g) ?? []));
  const missing = [];
  for (const name of names) {
    const series = await prometheus.ask<unknown[]>('series', { 'match[]': name }, () => true);
    if (series.length === 0) missing.push(name);
  }
  expect(missing).toEqual([]);
  for (const { targets } of panels) {
    for (const { expr } of targets) {
      // The producer is gone by now: what it said is asked for at a time when it was there.
      const query = `last_over_time((${expr.replaceAll('$__rate_interval', '1m')})[1m:500ms])`;
      await prometheus.ask('query', { query }, found);
    }
  }
  const loaded = await prometheus.ask<{ groups: { rules: { name: string; health: string }[] }[] }>(
    'rules',
    {},
    ({ groups }) => groups.every((group) => group.rules.every(({ health }) => health !== 'unknown')),
  );
  const states = loaded.groups.flatMap((group) => group.rules.map(({ name, health }) => [name, health]));
  expect(states).toEqual(rules.map(({ alert }) => [alert, 'ok']));
});

function found({ result }: { result: unknown[] }): boolean {
  return result.length > 0;
}
