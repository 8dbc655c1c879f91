/** What a worker does when it is told to stop, told again, and told once more. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { TcpProxy } from '../parts/tcp-proxy.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

const preload = pathToFileURL(join(repository, 'test/parts/poison-decoder.ts')).href;
const queue = 'labelmill:vgg-mini-fp32';

/** A worker behind a proxy, which holds a chunk that never ends, and would go on with it for an hour. */
async function busyWorker(stack: AsyncDisposableStack, folder: TemporaryFolder) {
  const redis = stack.use(await TestRedis.start());
  const proxy = stack.use(await TcpProxy.start(redis.port));
  const image = join(folder.path, 'endless.jpg');
  const photo = await readFile(join(repository, 'examples/photos/cat.jpg'));
  await writeFile(image, Buffer.concat([photo, Buffer.from('poison:loop')]));
  const env = {
    REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
    LABELMILL_FILE_ROOTS: folder.path,
    LABELMILL_DRAIN_MS: '3600000',
    NODE_OPTIONS: `--import=${preload}`,
  };
  const worker = stack.use(new LabelmillProcess(['worker'], { env }));
  await labelmill(['enqueue', image, '--out', join(folder.path, 'runs')], { env });
  const connection = redis.connect();
  stack.defer(() => connection.disconnect());
  while ((await connection.llen(`${queue}:active`)) === 0);
  worker.kill('SIGTERM');
  await worker.says('"draining"');
  return { worker, proxy, connection };
}

it('goes on with its chunk at the first signal, hands it back at the second without an attempt, and ends with 0', async () => {
  await using folder = await temporaryFolder();
  await using stack = new AsyncDisposableStack();
  const { worker, connection } = await busyWorker(stack, folder);
  expect(await connection.llen(`${queue}:active`)).toBe(1);
  worker.kill('SIGTERM');
  const { status, stdout } = await worker.ended;
  expect(stdout).toContain('handed back: draining');
  expect(status).toBe(0);
  const [job = ''] = await connection.lrange(`${queue}:wait`, 0, -1);
  expect(await connection.hget(`${queue}:${job}`, 'atm')).toBeNull();
});

it('ends at the second signal also where Redis says nothing any more', async () => {
  await using folder = await temporaryFolder();
  await using stack = new AsyncDisposableStack();
  const { worker, proxy } = await busyWorker(stack, folder);
  proxy.harm = { kind: 'stall' };
  worker.kill('SIGTERM');
  const { status, stdout } = await worker.ended;
  expect(stdout).toContain('taken up when their locks run out');
  expect(status).toBe(0);
});

it('waits for nothing at the third signal, and says so by 130', async () => {
  await using folder = await temporaryFolder();
  await using stack = new AsyncDisposableStack();
  const { worker, proxy } = await busyWorker(stack, folder);
  proxy.harm = { kind: 'stall' };
  // Two of one kind may come as one.
  worker.kill('SIGINT');
  worker.kill('SIGTERM');
  const { status, stdout } = await worker.ended;
  expect(stdout).not.toContain('"stopped"');
  expect(status).toBe(130);
});
