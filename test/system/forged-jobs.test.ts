/** Jobs that no producer made: whatever they say, they cannot write outside of a run, nor change one's account. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { redisOptions } from '@labelmill/shared/redis/connection';
import { keyPrefix } from '@labelmill/shared/redis/queue';
import { packChunk } from '@labelmill/shared/schema/chunk-job';
import { Queue, QueueEvents } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { records } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');

describe('a forged job', () => {
  it('is dropped when its run has no such chunk, and writes where its run is, not where it says', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: photos };
    const out = join(folder.path, 'runs');
    const enqueued = await labelmill(['enqueue', photos, '--out', out, '--chunk-size', '4', '--json'], {
      env,
    });
    const { run } = JSON.parse(enqueued.stdout);
    const connection = redisOptions(redis.url);
    const queue = new Queue('vgg-mini-fp32', { connection, prefix: keyPrefix });
    const events = new QueueEvents('vgg-mini-fp32', { connection, prefix: keyPrefix });
    await events.waitUntilReady();
    const cat = [`file://${join(photos, 'cat.jpg')}`];
    const elsewhere = join(folder.path, 'elsewhere');
    const forged = [
      // behind the run's end; at another place than its number says; more images than a chunk has
      packChunk(run, 0, 4, 16, cat),
      packChunk(run, 0, 1, 5, cat),
      packChunk(run, 0, 0, 0, Array<string>(5).fill(cat[0] ?? '')),
      packChunk('20260101-000000000-abcde', 0, 0, 0, cat),
      { ...packChunk(run, 0, 9, 36, cat), folder: `file://${elsewhere}/`, output: `file://${elsewhere}/` },
    ];
    const invalid = [
      { ...packChunk(run, 0, 0, 0, cat), run: '../../elsewhere' },
      { ...packChunk(run, 0, 0, 0, cat), seq: '../0' },
      { ...packChunk(run, 0, 0, 0, cat), rest: [`s3://b/${'a'.repeat(2 ** 20)}`] },
      JSON.parse('{"__proto__":{"v":1},"constructor":{"prototype":{"polluted":true}}}'),
      'text',
    ];
    const before = (await readdir(join(out, run))).sort();
    const ended = [...forged, ...invalid].map((data, n) =>
      queue
        .add('chunk', data, { jobId: `forged-${n}`, lifo: true })
        .then((job) => job.waitUntilFinished(events)),
    );
    const settled = Promise.allSettled(ended);
    await using worker = new LabelmillProcess(['worker'], { env });
    expect((await settled).map(({ status }) => status)).toEqual([
      ...forged.map(() => 'fulfilled'),
      ...invalid.map(() => 'rejected'),
    ]);
    expect((await labelmill(['wait', run], { env })).status).toBe(0);
    // 15 photos in chunks of 4
    expect((await readdir(join(out, run, 'labels'))).sort()).toEqual(
      [0, 1, 2, 3].map((seq) => `part-0000000${seq}.jsonl`),
    );
    expect((await records(join(out, run))).map(({ index }) => index)).toEqual([...Array(15).keys()]);
    expect((await labelmill(['verify', run, '--out', out])).status).toBe(0);
    expect(before).toContain('run.json');
    expect((await readdir(folder.path)).sort()).toEqual(['runs']);
    expect(await readdir(out)).toEqual([run]);
    worker.kill('SIGTERM');
    expect((await worker.ended).status).toBe(0);
    await events.close();
    await queue.close();
  });

  it('reads nothing that the worker was not told to allow', async () => {
    await using folder = await temporaryFolder();
    const input = [
      'file:///etc/passwd',
      `file://${photos}/../../package.json`,
      'file:///proc/self/environ',
      'https://169.254.169.254/latest/meta-data/',
      'http://127.0.0.1/',
      'data:image/png;base64,AAAA',
    ].join('\n');
    const env = { LABELMILL_FILE_ROOTS: photos };
    const args = ['label', '-', '--out', join(folder.path, 'runs'), '--json'];
    const { stdout } = await labelmill(args, { input, env });
    // `data:` has no `//`: it is a path, and there is no such file below the roots.
    expect(JSON.parse(stdout)).toMatchObject({ listed: 6, ok: 0, errors: { uri_refused: 5 } });
  });
});
