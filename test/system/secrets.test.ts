/** No secret is kept or said: not in a run's folder, on the queue, in a log, in what commands print. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createLogger } from '@labelmill/shared/logging';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { descendant } from '../parts/process-tree.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
const secret = '5ecre7';

/** The text of every file below a folder. */
async function textBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => {
      const bytes = await readFile(join(entry.parentPath, entry.name));
      return (entry.name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
    });
  return (await Promise.all(texts)).join('\n');
}

describe('a secret', () => {
  it('in a manifest, the Redis URL or the environment is in no file, job, log line or output of a run', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const admin = redis.connect();
    await admin.call('ACL', 'SETUSER', 'user', 'on', `>${secret}`, 'allkeys', 'allcommands', 'allchannels');
    const manifest = join(folder.path, 'images.txt');
    const uris = [
      join(photos, 'cat.jpg'),
      `https://images.example.org/a.jpg?X-Amz-Credential=AKIA&X-Amz-Signature=${secret}`,
      `https://me:${secret}@images.example.org/a.jpg`,
      `ftp://me:${secret}@images.example.org/a.jpg`,
    ];
    await writeFile(manifest, uris.join('\n'));
    const env = {
      REDIS_URL: `redis://user:${secret}@127.0.0.1:${redis.port}`,
      AWS_ACCESS_KEY_ID: 'AKIA',
      AWS_SECRET_ACCESS_KEY: secret,
      https_proxy: `http://me:${secret}@127.0.0.1:1`,
      LABELMILL_FILE_ROOTS: photos,
      LABELMILL_HTTPS_HOSTS: 'images.example.org',
      LABELMILL_LOG_LEVEL: 'trace',
    };
    const out = join(folder.path, 'runs');
    const enqueued = await labelmill(['enqueue', manifest, '--out', out, '--json'], { env });
    const { run } = JSON.parse(enqueued.stdout);
    const job = JSON.stringify(await admin.hgetall(`labelmill:vgg-mini-fp32:${run}-0-g0`));
    expect(job).toContain('images.example.org');
    const ledger = JSON.stringify(await admin.hgetall(`labelmill-run:{${run}}`));
    await using worker = new LabelmillProcess(['worker'], { env });
    const waited = await labelmill(['wait', run, '--json'], { env });
    // 3: complete, with error records
    expect(waited.status).toBe(3);
    expect(JSON.parse(waited.stdout).errors).toEqual({ uri_refused: 3 });
    const status = await labelmill(['status', '--json'], { env });
    const verified = await labelmill(['verify', run, '--out', out, '--json']);
    expect(verified.status).toBe(3);
    worker.kill('SIGTERM');
    const logged = await worker.ended;
    const kept = await textBelow(out);
    expect(kept).toContain('images.example.org');
    const said = [enqueued, waited, status, verified, logged].map(({ stdout, stderr }) => stdout + stderr);
    for (const text of [kept, job, ledger, ...said]) expect(text).not.toContain(secret);
    admin.disconnect();
  });

  it('in the name of a source is refused, because run.json would keep it', async () => {
    await using folder = await temporaryFolder();
    const source = `https://example.org/list.csv?X-Amz-Signature=${secret}`;
    const args = ['label', source, '--manifest-format', 'csv', '--out', join(folder.path, 'runs')];
    const { status, stderr } = await labelmill(args);
    expect(status).toBe(2);
    expect(stderr).toContain('[secret_in_uri]');
    expect(stderr).not.toContain(secret);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('that a client hangs on its error is not logged', async () => {
    await using redis = await TestRedis.start();
    const lines: string[] = [];
    const log = createLogger({ name: 'worker', level: 'info' }, { write: (line) => void lines.push(line) });
    const connection = new Redis(redis.url);
    const error = await connection.call('AUTH', 'nobody', secret).catch((reason: unknown) => reason);
    connection.disconnect();
    // ioredis keeps the command, password included.
    expect(JSON.stringify(error)).toContain(secret);
    log.warn({ err: error }, 'queue connection');
    expect(lines.join('')).toContain('WRONGPASS');
    expect(lines.join('')).not.toContain(secret);
  });

  it('of the queue is not in the environment of the process that decodes images', async () => {
    await using redis = await TestRedis.start();
    await using worker = new LabelmillProcess(['worker'], { env: { REDIS_URL: redis.url } });
    await worker.says('ready');
    const engine = await descendant(worker.pid, 'engine/main');
    const environment = await readFile(`/proc/${engine.pid}/environ`, 'utf8');
    expect(environment).toContain('PATH=');
    expect(environment).not.toContain('REDIS_URL');
  });
});
