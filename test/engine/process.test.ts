/** The engine as a process: every image answered once, bad ones apart, and nothing left behind. */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { EngineConfig } from '@labelmill/worker/engine/protocol';
import { startEngine } from '@labelmill/worker/engine/spawn-engine';
import { expect, test } from 'vitest';
import { fixture, photo, photoNames } from './fixture-uris.ts';
import { miniEngineConfig, startMiniEngine } from './mini-engine.ts';

const photoUris = photoNames.map((name) => photo(name).href);
const badUris = ['text.jpg', 'empty.jpg', 'truncated.jpg', '1x65535.png', 'missing.jpg'].map(
  (name) => fixture(name).href,
);

test('bad images get their codes and the others their labels', async () => {
  await using mini = await startMiniEngine();
  const results = await mini.label([...badUris, ...photoUris]);
  expect(results.map((result) => (result.status === 'error' ? result.code : result.status))).toEqual([
    'unsupported_format',
    'empty',
    'undecodable',
    'bad_aspect',
    'not_found',
    ...photoUris.map(() => 'ok'),
  ]);
});

test('each of 500 images is answered exactly once', async () => {
  await using mini = await startMiniEngine({ batch: 16, loaderThreads: 2, inferenceThreads: 2 });
  const uris = Array.from({ length: 500 }, (_, i) =>
    i % 7 === 0 ? badUris[i % badUris.length]! : photoUris[i % photoUris.length]!,
  );
  await mini.label(uris);
  expect(mini.results.map(({ id }) => id).sort((a, b) => a - b)).toEqual(uris.map((_, i) => i));
});

test('the same photo gets the same scores in whatever batch it is', async () => {
  await using mini = await startMiniEngine({ batch: 8 });
  const results = await mini.label(Array.from({ length: 45 }, (_, i) => photoUris[i % 15]!));
  results.forEach((result, i) => {
    const first = results[i % 15]!;
    if (result.status !== 'ok' || first.status !== 'ok') throw new Error(JSON.stringify(result));
    expect(result.indices).toEqual(first.indices);
    const differences = result.scores.map((score, k) => Math.abs(score - first.scores[k]!));
    expect(Math.max(...differences)).toBeLessThan(1e-5);
  });
});

test('a graph of fixed batch size gives the same scores, also for the tail that is padded', async () => {
  await using free = await startMiniEngine();
  const { bundle } = await miniEngineConfig();
  await using fixed = await startMiniEngine({
    batch: 8,
    bundle: { ...bundle, graph: 'model-b8.onnx', graphBatch: 8 },
  });
  const [expected, found] = await Promise.all([free.label(photoUris), fixed.label(photoUris)]);
  for (const [i, result] of found.entries()) {
    const other = expected[i]!;
    if (result.status !== 'ok' || other.status !== 'ok') throw new Error(JSON.stringify(result));
    result.scores.forEach((score, k) => {
      expect(score).toBeCloseTo(other.scores[k]!, 5);
    });
  }
});

test('an engine that is to use CUDA where there is none does not start, and says which library is missing', async () => {
  const config: EngineConfig = { ...(await miniEngineConfig()), provider: 'cuda' };
  await expect(startEngine(config, { env: process.env, onResults: () => {} })).rejects.toMatchObject({
    code: 'cuda_unavailable',
    message: expect.stringContaining('libonnxruntime_providers_shared.so'),
  });
});

test('a batch that is not full leaves when nothing more is to come', async () => {
  await using mini = await startMiniEngine({ batch: 64 });
  expect(await mini.label([photoUris[0]!])).toMatchObject([{ status: 'ok' }]);
});

test('closing waits for the images inside, and the engine ends cleanly', async () => {
  const mini = await startMiniEngine();
  mini.engine.label(photoUris.map((uri, id) => ({ id, uri })));
  expect(await mini.engine.close()).toMatchObject({ code: 0, signal: null });
  expect(mini.results).toHaveLength(photoUris.length);
});

test('a killed engine is reported, and its supervisor lives on', async () => {
  const mini = await startMiniEngine();
  mini.engine.kill();
  expect(await mini.engine.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
  mini.engine.label([{ id: 0, uri: photoUris[0]! }]);
  expect(await mini.engine.close()).toMatchObject({ signal: 'SIGKILL' });
});

test('a graph that is not there makes starting fail with a reason', async () => {
  const config = await miniEngineConfig();
  const broken = { ...config, bundle: { ...config.bundle, graph: 'missing.onnx' } };
  await expect(startEngine(broken, { env: process.env, onResults: () => {} })).rejects.toMatchObject({
    code: 'session_failed',
    message: expect.stringContaining('missing.onnx'),
  });
});

test.each([
  ['idle', []],
  ['in the middle of its work', photoUris],
])('an engine that is %s ends when its supervisor is killed', async (_, uris) => {
  const parent = fork(fileURLToPath(new URL('./engine-parent.ts', import.meta.url)), uris, {
    execArgv: ['--conditions=source'],
  });
  const [{ pid }] = (await once(parent, 'message')) as [{ pid: number }];
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
});

test("the supervisor's side loads no native library", async () => {
  const script = `
    await import('@labelmill/worker/engine/spawn-engine');
    process.stdout.write(JSON.stringify(process.report.getReport().sharedObjects));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=source', '--input-type=module', '--eval', script],
    { cwd: fileURLToPath(new URL('..', import.meta.url)) },
  );
  const native = (JSON.parse(stdout) as string[]).filter((path) =>
    /sharp|vips|onnxruntime|\.node$/.test(path),
  );
  expect(native).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Where nothing reaps orphans they stay as zombies, which are dead all the same.
  const status = `/proc/${pid}/status`;
  return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
}
