/** Every step of the Dockerfile from the lock file on, in plain folders: what the fast test takes from the working tree. */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { repository } from '../parts/labelmill.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { dockerfileText, stagesOf } from './dockerfile.ts';
import { buildInPlainFolder, steps } from './plain-folder.ts';

const run = promisify(execFile);

it('the images are built from the lock file and the tracked files alone', { timeout: 600_000 }, async () => {
  await using folder = await temporaryFolder();
  await chmod(folder.path, 0o755);
  const stages = stagesOf(await dockerfileText());
  const packages = stages.find(({ name }) => name === 'packages');
  const source = join(folder.path, 'src');
  await mkdir(source);
  for (const instruction of packages?.instructions ?? []) {
    if (instruction.name === 'COPY') await copy(instruction.value.split(' '), source);
    if (instruction.name !== 'RUN') continue;
    await steps([{ name: 'step', from: '', instructions: [instruction] }], 'step', source, folder.path);
  }
  for (const target of ['producer', 'worker-cpu']) {
    const image = await buildInPlainFolder(stages, target, join(folder.path, target), source);
    const help = image.command(['--help'], {});
    expect((await run(help.file, help.args, { env: help.env })).stdout).toContain('labelmill');
  }
});

/** As COPY does with a context of the files that git knows, or would take. */
async function copy(words: readonly string[], source: string): Promise<void> {
  const named = words.slice(0, -1);
  const options = { cwd: repository, maxBuffer: 2 ** 26 };
  const listed = await run('git', ['ls-files', '-co', '--exclude-standard', ...named], options);
  for (const file of listed.stdout.trim().split('\n')) {
    await mkdir(dirname(join(source, file)), { recursive: true });
    await cp(join(repository, file), join(source, file), { force: true }).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}
