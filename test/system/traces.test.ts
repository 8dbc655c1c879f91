/** Spans of a worker, as a collector of OTLP over HTTP gets them; and what its log says of the same chunks. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { freePort } from '../parts/free-port.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

interface Span {
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: number } }[];
  readonly events: readonly { name: string; timeUnixNano: string }[];
  readonly status: { code?: number };
}

/** The body of an OTLP export, in its JSON encoding. */
interface Export {
  readonly resourceSpans: readonly { scopeSpans: readonly { spans: readonly Span[] }[] }[];
}

const photos = join(repository, 'examples/photos');

it('a collector gets one span for each chunk, with its run and its steps in order, and the log names both', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const spans: Span[] = [];
  const paths = new Set<string | undefined>();
  const collector = createServer(async (request, response) => {
    paths.add(request.url);
    const { resourceSpans } = (await json(request)) as Export;
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo;
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: repository };
  const traced = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
  await using worker = new LabelmillProcess(['worker'], { env: traced });
  const enqueue = ['enqueue', photos, '--out', folder.path, '--chunk-size', '6', '--wait', '--json'];
  const ended = await labelmill(enqueue, { env });
  const { run, listed } = JSON.parse(ended.stdout) as { run: string; listed: number };
  // What is left is sent before it ends.
  worker.kill('SIGTERM');
  const { status, stdout } = await worker.ended;
  collector.close();
  expect(status).toBe(0);

  const chunks = Math.ceil(listed / 6);
  const seqs = [...Array(chunks).keys()];
  expect(paths).toEqual(new Set(['/v1/traces']));
  const told = spans.map(({ name, attributes, events }) => {
    const value = Object.fromEntries(
      attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
    );
    return { name, value, events: events.map((event) => event.name) };
  });
  told.sort((a, b) => Number(a.value['labelmill.chunk']) - Number(b.value['labelmill.chunk']));
  expect(told).toEqual(
    seqs.map((seq) => ({
      name: 'label chunk',
      value: {
        'labelmill.bundle': 'vgg-mini-fp32',
        'labelmill.run': run,
        'labelmill.chunk': seq,
        'labelmill.generation': 0,
        'labelmill.images': Math.min(6, listed - 6 * seq),
        'labelmill.end': 'done',
      },
      events: ['labelled', 'part_written', 'committed'],
    })),
  );
  for (const { startTimeUnixNano, events, endTimeUnixNano } of spans) {
    const times = [startTimeUnixNano, ...events.map((event) => event.timeUnixNano), endTimeUnixNano].map(
      BigInt,
    );
    expect(times.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(times);
  }

  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const done = lines.filter(({ msg }) => msg === 'chunk done');
  expect(done.map((line) => [line.run, line.chunk]).sort()).toEqual(seqs.map((seq) => [run, seq]));
});

it('a collector that is not there costs a worker nothing but its spans', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: repository };
  const nobody = `http://127.0.0.1:${await freePort()}`;
  await using worker = new LabelmillProcess(['worker'], {
    env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: nobody },
  });
  const ended = await labelmill(['enqueue', photos, '--out', folder.path, '--wait'], { env });
  expect(ended.status).toBe(0);
  worker.kill('SIGTERM');
  const { status, stdout } = await worker.ended;
  expect(status).toBe(0);
  expect(stdout).toContain('traces cannot be delivered');
});

it('without an endpoint nothing of OpenTelemetry is loaded, and without a port no client of Prometheus', async () => {
  const script = `
    await import('@labelmill/cli/program');
    const { Session } = await import('node:inspector/promises');
    const session = new Session();
    session.connect();
    const urls = [];
    session.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url));
    await session.post('Debugger.enable');
    console.log(urls.filter((url) => /opentelemetry|prometheus-io/.test(url)).join(' ') || 'none of ' + (urls.length > 100));
  `;
  const args = ['--conditions=source', '--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: join(repository, 'test') });
  expect(stdout.trim()).toBe('none of true');
});
