/** `--max-error-rate`: a run that goes wrong pauses and says why, before it has gone through everything. */
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');

/** Every third image is good. */
async function mostlyBroken(folder: string, count: number): Promise<string> {
  const source = join(folder, 'photos');
  await mkdir(source, { recursive: true });
  const [name = ''] = (await readdir(photos)).filter((file) => file.endsWith('.jpg'));
  for (let n = 0; n < count; n++) {
    const path = join(source, `${String(n).padStart(5, '0')}.jpg`);
    await (n % 3 === 0 ? cp(join(photos, name), path) : writeFile(path, 'no image'));
  }
  return source;
}

describe('--max-error-rate', () => {
  it('pauses a local run that exceeds it, names the errors, and another rate goes on to the end', async () => {
    await using folder = await temporaryFolder();
    const count = 1_500;
    const source = await mostlyBroken(folder.path, count);
    const command = ['label', source, '--out', join(folder.path, 'runs')];
    const { status, stderr } = await labelmill([...command, '--max-error-rate', '0.5']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/is paused: \d+ of \d+ images failed \(unsupported_format \d+\)/);
    expect(stderr).toContain('--max-error-rate 0.5');
    expect(stderr).toContain('[error_rate]');
    const [run = ''] = await runFolders(join(folder.path, 'runs'));
    const done = (await records(run)).length;
    expect(done).toBeGreaterThanOrEqual(100);
    expect(done).toBeLessThan(count);

    const resumed = await labelmill(['resume', run, '--max-error-rate', '1', '--json']);
    expect(resumed.status).toBe(3);
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      listed: count,
      ok: count / 3,
      error: (2 * count) / 3,
    });
    expect((await labelmill(['verify', run])).status).toBe(3);
  });

  it('lets a run below it go through, and judges none by fewer than a hundred images', async () => {
    await using folder = await temporaryFolder();
    const few = await mostlyBroken(join(folder.path, 'few'), 60);
    const out = join(folder.path, 'runs');
    expect((await labelmill(['label', few, '--out', out, '--max-error-rate', '0'])).status).toBe(3);
    const many = await mostlyBroken(join(folder.path, 'many'), 300);
    expect((await labelmill(['label', many, '--out', out, '--max-error-rate', '0.7'])).status).toBe(3);
  });

  it('ends `enqueue --wait` and `wait` as incomplete', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const source = await mostlyBroken(folder.path, 600);
    const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: folder.path };
    await using _worker = new LabelmillProcess(['worker'], { env });
    const enqueue = ['enqueue', source, '--out', join(folder.path, 'runs'), '--chunk-size', '16'];
    const { status, stderr } = await labelmill([...enqueue, '--max-error-rate', '0.1', '--wait'], { env });
    expect(status).toBe(1);
    expect(stderr).toContain('[error_rate]');
    const id = /\d{8}-\d{9}-[0-9a-z]{5}/.exec(stderr)?.[0] ?? '';
    const waited = await labelmill(['wait', id], { env });
    expect(waited.status).toBe(1);
    expect(waited.stdout).toContain('paused (error_rate)');
  });

  it('is refused outside 0 to 1', async () => {
    for (const rate of ['1.5', '-0.1', 'much', '']) {
      const { status, stderr } = await labelmill(['label', photos, '--max-error-rate', rate]);
      expect(status).toBe(2);
      expect(stderr).toContain('a number from 0 to 1');
    }
  });
});
