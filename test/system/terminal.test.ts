/** What a person sees of a run while it goes on: in a terminal, and in a log. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

/** Everything that the command draws, in a real terminal of util-linux's `script`. */
async function drawn(args: readonly string[]): Promise<string> {
  const command = [process.execPath, '--conditions=source', main, ...args]
    .map((each) => `'${each}'`)
    .join(' ');
  const env = { ...process.env, LABELMILL_MODELS: join(repository, 'no-models') };
  const child = spawn('script', ['-qec', `stty cols 100 rows 30; ${command}`, '/dev/null'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await once(child, 'close');
  return stripVTControlCharacters(text);
}

it('label draws progress, rate, errors by code and the labels so far', async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, 'photos');
  await mkdir(source);
  // One photo, so that any picture of the run shows its label: an espresso to vgg-mini (n07920052 in
  // test/fixtures/vgg-mini.expected.json). Enough copies that the run outlasts several of them.
  for (let n = 0; n < 600; n++) await cp(join(photos, 'coffee.jpg'), join(source, `${n}.jpg`));
  await writeFile(join(source, '0.jpg'), 'text');
  const text = await drawn(['label', source, '--out', join(folder.path, 'a')]);
  expect(text).toMatch(/█+░* \d+\/600\+? .*images\/s/);
  expect(text).toMatch(/errors: unsupported_format 1/);
  expect(text).toMatch(/espresso +█+ +\d+/);
});

it('status --watch stays with the newest run under way until it ends', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: repository };
  const none = await labelmill(['status', '--watch'], { env });
  expect(none.status).toBe(2);
  expect(none.stderr).toMatch(/^labelmill: no run is under way: .*\[nothing_under_way\]\n$/);
  const enqueued = await labelmill(
    ['enqueue', photos, '--model', 'vgg-mini', '--out', folder.path, '--json'],
    { env },
  );
  const { run } = JSON.parse(enqueued.stdout);
  await using watching = new LabelmillProcess(['status', '--watch'], { env });
  await watching.says(`${run}: `);
  await using _worker = new LabelmillProcess(['worker', '--model', 'vgg-mini'], { env });
  const { status, stdout } = await watching.ended;
  expect(status).toBe(0);
  expect(stdout).toBe(`${run}: complete, 15 ok, 0 errors\n`);
});
