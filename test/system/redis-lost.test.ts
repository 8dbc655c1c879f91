/** Redis comes back with nothing while workers live and hold chunks: `resume` goes on from the run's folder. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkAccount } from '../chaos/check-account.ts';
import { writePhotos } from '../chaos/soak-source.ts';
import { LabelmillProcess, labelmill } from '../parts/labelmill.ts';
import { runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const count = 400;

it.each([
  { producer: 'waits for its run', outstanding: '1000' },
  { producer: 'is still listing', outstanding: '8' },
])(
  'its producer, which $producer, says what is lost; resume, with the same workers, gives an exact account',
  async ({ outstanding }) => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const env = {
      REDIS_URL: redis.url,
      LABELMILL_FILE_ROOTS: folder.path,
      LABELMILL_BATCH: '8',
      LABELMILL_OUTSTANDING_CHUNKS: outstanding,
    };
    const { source, uris, broken } = await writePhotos(folder.path, count);
    const out = join(folder.path, 'runs');
    await using one = new LabelmillProcess(['worker'], { env });
    await using two = new LabelmillProcess(['worker'], { env });
    await using producer = new LabelmillProcess(
      ['enqueue', source, '--out', out, '--chunk-size', '8', '--wait'],
      { env },
    );
    await producer.says('on queue');
    const [run = ''] = await runFolders(out);
    while ((await readdir(join(run, 'labels')).catch(() => [])).length < 10);
    await redis.lose();
    const ended = await producer.ended;
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('[ledger_lost]');
    expect(ended.stderr).toContain('labelmill resume');

    const resumed = await labelmill(['resume', run, '--wait'], { env });
    expect(resumed.status).toBe(3);
    const exact = {
      lost: 0,
      duplicated: 0,
      closed: true,
      ok: count - broken,
      errors: { undecodable: broken },
    };
    expect(await checkAccount(run, uris)).toEqual(exact);
    expect((await labelmill(['verify', run])).status).toBe(3);
    // They lived through it.
    for (const worker of [one, two]) {
      worker.kill('SIGTERM');
      expect((await worker.ended).status).toBe(0);
    }
  },
);
