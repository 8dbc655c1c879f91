/** A bad network between every process and Redis costs time and nothing else: no record, no attempt, no image. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkAccount } from '../chaos/check-account.ts';
import { writePhotos } from '../chaos/soak-source.ts';
import { LabelmillProcess, labelmill } from '../parts/labelmill.ts';
import { runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { type Harm, TcpProxy } from '../parts/tcp-proxy.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const count = 160;
const chunkSize = 8;

interface BadNetwork {
  readonly harm: Harm;
  /** It is well again after so many more connections; until the end of the run where this is left out. */
  readonly until?: number;
}

it.each<[string, BadNetwork]>([
  ['brings everything late', { harm: { kind: 'latency', ms: 50 } }],
  ['drips', { harm: { kind: 'drip', bytesPerSecond: 20_000 } }],
  ['breaks each connection after a while', { harm: { kind: 'reset', afterBytes: 20_000 }, until: 12 }],
  ['goes silent on open connections', { harm: { kind: 'stall' }, until: 2 }],
  ['is not there for a while', { harm: { kind: 'down' }, until: 6 }],
])(
  'a network that %s',
  async (_, { harm, until }) => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    await using proxy = await TcpProxy.start(redis.port);
    const env = {
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      LABELMILL_FILE_ROOTS: folder.path,
      LABELMILL_BATCH: '8',
    };
    const { source, uris, broken } = await writePhotos(folder.path, count);
    const out = join(folder.path, 'runs');
    await using producer = new LabelmillProcess(
      ['enqueue', source, '--out', out, '--chunk-size', String(chunkSize), '--wait'],
      { env },
    );
    await producer.says('on queue');
    const [run = ''] = await runFolders(out);
    const parts = async () => (await readdir(join(run, 'labels')).catch(() => [])).length;
    await using worker = new LabelmillProcess(['worker'], { env });
    while ((await parts()) < 2);
    const before = proxy.connections;
    proxy.harm = harm;
    if (until !== undefined) {
      while (proxy.connections < before + until) await new Promise((resolve) => setImmediate(resolve));
      proxy.harm = { kind: 'none' };
    }
    expect((await producer.ended).status).toBe(3);
    const exact = {
      lost: 0,
      duplicated: 0,
      closed: true,
      ok: count - broken,
      errors: { undecodable: broken },
    };
    expect(await checkAccount(run, uris)).toEqual(exact);
    // An attempt that was spent would be logged so.
    expect(worker.output.stdout).not.toContain('chunk failed');
    proxy.harm = { kind: 'none' };
    expect((await labelmill(['verify', run])).status).toBe(3);
    worker.kill('SIGTERM');
    expect((await worker.ended).status).toBe(0);
  },
  120_000,
);
