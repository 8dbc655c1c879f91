import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

it.each(['run-written', 'segment-written'])(
  'a producer that is killed at %s leaves its run to another: there is one, and it is listed whole',
  async (point) => {
    await using redis = await TestRedis.start();
    await using folder = await temporaryFolder();
    const env = { REDIS_URL: redis.url };
    const out = join(folder.path, 'runs');
    const photos = join(repository, 'examples/photos');
    const asked = ['--cron', '0 3 * * *', '--source', photos, '--out', out, '--chunk-size', '4'];
    await labelmill(['schedule', 'add', 'nightly', ...asked], { env });
    await using dying = new LabelmillProcess(['producer'], { env: { ...env, LABELMILL_CRASH_AT: point } });
    await labelmill(['schedule', 'run', 'nightly'], { env });
    expect((await dying.ended).signal).toBe('SIGKILL');
    await using next = new LabelmillProcess(['producer'], { env });
    await next.says('schedule listed');
    const runs = await runFolders(out);
    expect(runs).toHaveLength(1);
    const listed = JSON.parse(await readFile(join(runs[0] ?? '', 'manifest/listed.json'), 'utf8'));
    expect(listed.images).toBe(15);
  },
);
