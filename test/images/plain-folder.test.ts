/**
 * No Docker here: the steps of the images of producer and worker, in plain folders that belong to root, and then a run
 * through both as a user without rights.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { freePort } from '../parts/free-port.ts';
import { repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { dockerfileText, stagesOf } from './dockerfile.ts';
import { buildInPlainFolder } from './plain-folder.ts';

it('what the images hold labels photos, answers the health check and ends by SIGTERM', {
  timeout: 180_000,
}, async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  await chmod(folder.path, 0o755);
  const stages = stagesOf(await dockerfileText());
  const photos = join(folder.path, 'photos');
  const out = join(folder.path, 'runs');
  await cp(join(repository, 'examples/photos'), photos, { recursive: true });
  await mkdir(out, { mode: 0o777 });
  await chmod(out, 0o777);
  const worker = await buildInPlainFolder(stages, 'worker-cpu', join(folder.path, 'worker'));
  const producer = await buildInPlainFolder(stages, 'producer', join(folder.path, 'producer'));
  const port = await freePort();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: photos };

  const start = worker.command(['worker', '--health-port', String(port)], env);
  const running = spawn(start.file, start.args, { env: start.env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(running, 'close');
  try {
    const ask = worker.healthcheck(port);
    const healthy = () =>
      promisify(execFile)(ask.file, ask.args).then(
        () => true,
        () => false,
      );
    while (!(await healthy())) await delay(50);

    const enqueue = producer.command(['enqueue', photos, '--out', out, '--wait', '--json'], env);
    const { stdout } = await promisify(execFile)(enqueue.file, enqueue.args, { env: enqueue.env });
    const photosThere = (await readdir(photos)).filter((name) => name.endsWith('.jpg')).length;
    expect(photosThere).toBeGreaterThan(5);
    expect(JSON.parse(stdout)).toMatchObject({ listed: photosThere, ok: photosThere, error: 0 });
    expect(await healthy()).toBe(true);

    // The page, from the image that runs no network.
    const page = await freePort();
    const serve = producer.command(
      ['serve', '--host', '127.0.0.1', '--port', String(page), '--out', out],
      env,
    );
    const serving = spawn(serve.file, serve.args, { env: serve.env, stdio: ['ignore', 'ignore', 'inherit'] });
    const served = once(serving, 'close');
    const askPage = producer.healthcheck(page);
    const shown = () =>
      promisify(execFile)(askPage.file, askPage.args).then(
        () => true,
        () => false,
      );
    while (serving.exitCode === null && !(await shown())) await delay(50);
    serving.kill('SIGTERM');
    expect(await served).toEqual([0, null]);
  } finally {
    running.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
  // Nothing for other platforms, and nothing that runs networks where none are run.
  const ours = await machineOf(process.execPath);
  for (const [image, runsNetworks] of [
    ['worker', true],
    ['producer', false],
  ] as const) {
    const binaries = await binariesIn(join(folder.path, image, 'app'));
    expect(binaries.some(({ path }) => path.includes('jpeg-turbo'))).toBe(true);
    expect(binaries.some(({ path }) => path.includes('onnxruntime-node'))).toBe(runsNetworks);
    expect(binaries.filter(({ machine }) => machine !== ours)).toEqual([]);
  }
});

/** Every native module and library, with the machine that it is for. */
async function binariesIn(app: string): Promise<{ path: string; machine: string }[]> {
  const entries = await readdir(app, { recursive: true, withFileTypes: true });
  const native = entries.filter(
    (entry) => entry.isFile() && /\.(node|dll|dylib|so(\.\d+)*)$/.test(entry.name),
  );
  return Promise.all(
    native.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return { path, machine: await machineOf(path) };
    }),
  );
}

/** ELF's own number of a machine; the first bytes of any other format. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
async function machineOf(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(20), 0, 20, 0);
  const magic = buffer.subarray(0, 4).toString('latin1');
  return magic === '\x7fELF' ? `ELF ${buffer.readUInt16LE(18)}` : magic;
}
