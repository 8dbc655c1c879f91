/** Redis as a cluster should have it: TLS, and a user that may do nothing but what labelmill does. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { localhostCertificate } from '../parts/localhost-certificate.ts';
import { TestRedis } from '../parts/redis.ts';
import { documentedUser } from '../parts/redis-users.ts';
import { Serving } from '../parts/serve.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');

describe('over TLS', () => {
  it('a run is enqueued and labelled; a certificate that nobody vouches for is refused', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start({ certificate: localhostCertificate });
    expect(redis.url).toMatch(/^rediss:/);
    const authority = join(folder.path, 'ca.pem');
    await writeFile(authority, localhostCertificate.cert);
    const trusting = {
      REDIS_URL: redis.url,
      NODE_EXTRA_CA_CERTS: authority,
      LABELMILL_FILE_ROOTS: photos,
    };
    await using worker = new LabelmillProcess(['worker'], { env: trusting });
    const out = join(folder.path, 'runs');
    const run = await labelmill(['enqueue', photos, '--out', out, '--wait'], { env: trusting });
    expect(run.status).toBe(0);
    worker.kill('SIGTERM');
    expect((await worker.ended).status).toBe(0);

    const strict = await labelmill(['status'], { env: { REDIS_URL: redis.url } });
    expect(strict.status).toBe(2);
    expect(strict.stderr).toContain('self-signed certificate');
    // A URL without the s speaks no TLS, and gets no answer.
    const plain = await labelmill(['status'], { env: { REDIS_URL: redis.url.replace('rediss', 'redis') } });
    expect(plain.stderr).toContain('[redis_unreachable]');
  });
});

describe('the documented ACL user', () => {
  const password = 'p@ss/w0rd';

  it('suffices for every command, and may do nothing else', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const admin = redis.connect();
    await admin.call('ACL', 'SETUSER', ...(await documentedUser('labelmill', password)));
    await admin.call('ACL', 'SETUSER', 'default', 'off');
    const url = `redis://labelmill:${encodeURIComponent(password)}@127.0.0.1:${redis.port}`;
    const env = { REDIS_URL: url, LABELMILL_FILE_ROOTS: folder.path };
    const source = join(folder.path, 'photos.txt');
    const late = join(folder.path, 'late.jpg');
    await writeFile(source, `${join(folder.path, 'cat.jpg')}\n${late}\n`);
    const cat = await readFile(join(photos, 'cat.jpg'));
    await writeFile(join(folder.path, 'cat.jpg'), cat);
    const out = join(folder.path, 'runs');

    await using worker = new LabelmillProcess(['worker'], { env });
    const enqueued = await labelmill(['enqueue', source, '--out', out, '--chunk-size', '1', '--json'], {
      env,
    });
    expect(enqueued.stderr).not.toContain('NOPERM');
    expect(enqueued.status).toBe(0);
    const { run } = JSON.parse(enqueued.stdout);
    // 3: complete, and one image is not there
    expect((await labelmill(['wait', run], { env })).status).toBe(3);
    expect((await labelmill(['status'], { env })).stdout).toContain(run);
    await writeFile(late, cat);
    const retried = await labelmill(['retry', run, '--out', out, '--errors', 'all', '--wait'], { env });
    expect(retried.status).toBe(0);

    // A worker that dies leaves a stalled job, a paused run a delayed one: other scripts than those above.
    const second = await labelmill(['enqueue', source, '--out', out, '--chunk-size', '1', '--json'], { env });
    const id = JSON.parse(second.stdout).run;
    await labelmill(['cancel', id], { env });
    expect((await labelmill(['resume', id, '--out', out, '--wait'], { env })).status).toBe(0);

    const at = ['--cron', '0 3 * * *', '--source', source, '--out', out];
    await using producer = new LabelmillProcess(['producer'], { env });
    expect((await labelmill(['schedule', 'add', 'nightly', ...at], { env })).status).toBe(0);
    expect((await labelmill(['schedule', 'run', 'nightly'], { env })).status).toBe(0);
    await producer.says('schedule listed');
    expect((await labelmill(['schedule', 'list'], { env })).stdout).toContain('nightly');
    await using serving = await Serving.start(out, { env });
    expect((await serving.get('/api/schedules')).schedules).toMatchObject([{ name: 'nightly' }]);
    await serving.fetch('/api/schedules/nightly/pause', { method: 'POST' });
    expect((await serving.get('/api/queues')).queues).toMatchObject([{ name: 'vgg-mini-fp32', active: 0 }]);
    expect((await labelmill(['schedule', 'remove', 'nightly'], { env })).status).toBe(0);
    worker.kill('SIGTERM');
    const ended = await worker.ended;
    expect(ended.status).toBe(0);
    expect(ended.stdout).not.toContain('NOPERM');

    // What the server refused, whoever swallowed the error: nothing so far.
    expect(await admin.call('ACL', 'LOG')).toEqual([]);
    const user = new Redis(url, { maxRetriesPerRequest: null });
    for (const command of [
      ['FLUSHALL'],
      ['CONFIG', 'GET', '*'],
      ['KEYS', '*'],
      ['SET', 'elsewhere', '1'],
      ['ACL', 'LIST'],
      ['SCRIPT', 'FLUSH'],
      ['MODULE', 'LIST'],
      ['REPLICAOF', 'NO', 'ONE'],
      ['EVAL', "return redis.call('SET', 'elsewhere', '1')", '0'],
    ] as [string, ...string[]][]) {
      await expect(user.call(...command)).rejects.toThrow(/NOPERM|can't access at least one of the keys/);
    }
    user.disconnect();
    admin.disconnect();
  });

  it('is the same in the docs and in the file for a server', async () => {
    const docs = await readFile(join(repository, 'docs/security.md'), 'utf8');
    for (const user of [
      await documentedUser('labelmill', 'CHANGE-ME'),
      await documentedUser('labelmill-serve', 'CHANGE-ME-THREE'),
    ])
      expect(docs).toContain(`\nACL SETUSER ${user.join(' ')}\n`);
  });

  it('may do what the queue does in rare moments too', async () => {
    const rules = (await documentedUser('labelmill', password)).filter((rule) => rule.startsWith('+'));
    const allowed = new Set(rules.map((rule) => rule.slice(1)));
    // BullMQ's own scripts, of every call that is made of it here: adding, taking, renewing, handing back, ending and
    // removing jobs, finding stalled ones, and schedules.
    const calls =
      /^(addStandardJob|moveToActive|extendLocks?|moveJobFromActiveToWait|moveToDelayed|retryJob|moveToFinished|removeJob|getState|isFinished|moveStalledJobsToWait|(add|get|remove|update)JobScheduler)-\d+\.js$/;
    const folder = join(dirname(fileURLToPath(import.meta.resolve('bullmq'))), 'scripts');
    const scripts = (await readdir(folder)).filter((name) => calls.test(name));
    expect(scripts).toHaveLength(16);
    for (const name of scripts) {
      const script = await readFile(join(folder, name), 'utf8');
      for (const [, command = ''] of script.matchAll(/(?:rcall|redis\.call)\(\s*"(\w+)"/g))
        expect(allowed, `${name} calls ${command}`).toContain(command.toLowerCase());
    }
  });

  it('with a wrong password is one line without it', async () => {
    await using redis = await TestRedis.start();
    const admin = redis.connect();
    await admin.call('ACL', 'SETUSER', ...(await documentedUser('labelmill', password)));
    const ended = await labelmill(['status'], {
      env: { REDIS_URL: `redis://labelmill:hunter2@127.0.0.1:${redis.port}` },
    });
    expect(ended.status).toBe(2);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(ended.stderr).toContain('WRONGPASS');
    expect(ended.stderr).not.toContain('hunter2');
    admin.disconnect();
  });

  it.each(['redis://labelmill:hun/ter2@127.0.0.1:1', 'redis://labelmill:hun@ter2@127.0.0.1:1'])(
    'in a URL that is none, or looks like none, %s, is not shown either',
    async (url) => {
      const { stderr, status } = await labelmill(['status'], { env: { REDIS_URL: url } });
      expect(status).toBe(2);
      expect(stderr).not.toContain('ter2');
    },
  );
});
