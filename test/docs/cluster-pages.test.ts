/**
 * docs/kubernetes.md and docs/operations.md: every command that needs no cluster is run as it stands there, one after the
 * other; of the others it is checked that what they name is there.
 */
import { execFile } from 'node:child_process';
import { cp, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { wrongCommand } from '../k8s/checks/commands.ts';
import { findings } from '../k8s/findings.ts';
import { kustomize, type Manifest, manifestsOf } from '../k8s/kustomize.ts';
import { repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { needsCluster, shellCommands } from './shell-commands.ts';

it('the cluster pages can be followed to the letter', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const admin = redis.connect();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => admin.disconnect());
  await admin.call('ACL', 'SETUSER', 'labelmill', 'on', '>MY-PASSWORD');
  // The repository as far as the pages touch it; the launcher leads to the real one.
  await cp(join(repository, 'k8s'), join(folder.path, 'k8s'), { recursive: true });
  await symlink(join(repository, 'labelmill'), join(folder.path, 'labelmill'));
  const env = { ...process.env, REDIS_ADMIN_URL: redis.url };

  let manifests: Manifest[] = [];
  let [ran, looked] = [0, 0];
  for (const page of ['docs/kubernetes.md', 'docs/operations.md']) {
    for (const command of shellCommands(await readFile(join(repository, page), 'utf8'))) {
      if (needsCluster(command)) {
        manifests = await lookedAt(command, folder.path, manifests);
        looked++;
        continue;
      }
      const { stdout } = await promisify(execFile)('sh', ['-ec', command], { cwd: folder.path, env });
      if (command.startsWith('./labelmill plan')) expect(stdout).toMatch(/^4 workers of 450 images\/s/);
      ran++;
    }
  }
  expect(ran).toBeGreaterThan(15);
  expect(looked).toBeGreaterThan(15);

  // What they leave: an overlay of two bundles with the reader's own images, bucket, passwords and token.
  const mine = manifestsOf(await kustomize(join(folder.path, 'k8s/overlays/mine')));
  expect(await findings(mine)).toEqual([]);
  expect(mine.filter(({ kind }) => kind === 'ScaledObject').map(({ metadata }) => metadata.name)).toEqual([
    'worker-vgg16-fp16',
    'worker-vgg19-fp16',
  ]);
  expect(mine.some(({ kind }) => kind === 'PodMonitor')).toBe(true);
  const text = JSON.stringify(mine.map((manifest) => decoded(manifest)));
  expect(text).not.toMatch(/CHANGE-ME|BUCKET|:MY-PASSWORD@/);
  expect(text).toContain('images.example.com/labelmill-worker-cuda:0.2.0');
  // Of the user's two passwords the new one is left.
  const login = async (password: string) =>
    promisify(execFile)('redis-cli', ['-u', `redis://labelmill:${password}@127.0.0.1:${redis.port}`, 'PING']);
  // The user may nothing here, but is let in.
  expect((await login('MY-NEW-PASSWORD')).stdout).toContain('NOPERM');
  expect((await login('MY-PASSWORD')).stderr).toContain('WRONGPASS');
});

/** @returns the manifests that are applied after this command */
async function lookedAt(command: string, root: string, before: readonly Manifest[]): Promise<Manifest[]> {
  const overlay = /apply -k (\S+)/.exec(command)?.[1];
  if (overlay !== undefined) {
    const applied = manifestsOf(await kustomize(join(root, overlay)));
    return overlay.includes('/jobs/') ? [...before, ...applied] : applied;
  }
  const inside = / -- labelmill (.*)$/.exec(command)?.[1];
  if (inside !== undefined) expect(wrongCommand(inside.split(' ')), command).toBeNull();
  const target = /docker build --target (\S+)/.exec(command)?.[1];
  if (target !== undefined) {
    expect(await readFile(join(repository, 'Dockerfile'), 'utf8')).toContain(` AS ${target}\n`);
  }
  for (const [, kind = '', name] of command.matchAll(
    /\b(deployment|service|scaledobject)[/ ]([a-z0-9-]+)/g,
  )) {
    const there = before.some((each) => each.kind.toLowerCase() === kind && each.metadata.name === name);
    expect(there, `${command}: ${kind} ${name}`).toBe(true);
  }
  return [...before];
}

function decoded(manifest: Manifest): Manifest {
  if (manifest.kind !== 'Secret') return manifest;
  const data = Object.entries((manifest.data ?? {}) as Record<string, string>);
  return { ...manifest, data: data.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]) };
}
