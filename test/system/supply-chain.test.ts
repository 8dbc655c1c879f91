/** What is installed is what the lock file says, and nothing of it runs while it is installed unless it is named. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from '../parts/labelmill.ts';

const textOf = (name: string) => readFile(join(repository, name), 'utf8');

it('every package in the lock file is named with its SHA-512', async () => {
  const lock = await textOf('pnpm-lock.yaml');
  const packages = lock.slice(lock.indexOf('\npackages:\n'), lock.indexOf('\nsnapshots:\n'));
  const resolutions = [...packages.matchAll(/^ {4}resolution: (.*)$/gm)].map(([, value]) => value);
  expect(resolutions.length).toBeGreaterThan(100);
  for (const resolution of resolutions)
    expect(resolution).toMatch(/^\{integrity: sha512-[A-Za-z0-9+/=]{88}\}$/);
});

it('every dependency is pinned to one version', async () => {
  const manifests = ['package.json'];
  for await (const name of glob('{packages/*,test,bench,examples}/package.json', { cwd: repository }))
    manifests.push(name);
  expect(manifests.length).toBeGreaterThan(6);
  for (const manifest of manifests) {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(await textOf(manifest));
    const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies });
    for (const version of versions) expect(version).toMatch(/^(workspace:\*|\d+\.\d+\.\d+(-[\w.]+)?)$/);
  }
});

it('installing keeps to the lock file, and runs the script of one package alone', async () => {
  const installs = (await textOf('scripts/setup.sh')).match(/"\$pnpm" install.*/g);
  expect(installs).toHaveLength(1);
  expect(installs?.[0]).toContain('install --frozen-lockfile');
  const allowed = (await textOf('pnpm-workspace.yaml')).match(/^ {2}[\w@/-]+: true/gm);
  expect(allowed).toEqual(['  node: true']);
});
