import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from '../parts/labelmill.ts';
import { dockerfileText } from './dockerfile.ts';
import { brokenRules, type Versions } from './image-rules.ts';

const textOf = (name: string) => readFile(join(repository, name), 'utf8');

const versions: Versions = {
  node: JSON.parse(await textOf('package.json')).devDependencies.node,
  pnpm: /^pnpm=pnpm@(\S+)/m.exec(await textOf('scripts/setup.sh'))?.[1] ?? '',
};
const dockerfile = await dockerfileText();

it('the Dockerfile keeps every rule', () => {
  expect(brokenRules(dockerfile, versions)).toEqual([]);
});

it.each([
  ['a target that is gone', 'AS worker-cpu', 'AS worker', /no target worker-cpu/],
  ['the latest Node', 'node:24.21.0-bookworm-slim AS runtime', 'node:latest AS runtime', /no fixed tag/],
  ['another Node than the tests run', /node:24\.21\.0-/g, 'node:22.12.0-', /Node 22\.12\.0, but 24/],
  ['another pnpm', 'pnpm@12.21.0 fetch', 'pnpm@11.0.0 fetch', /pnpm 11/],
  ['an install without the lock', '--frozen-lockfile', '', /without the lock/],
  ['an archive from elsewhere', 'COPY . .', 'ADD https://example.com/labelmill.tgz .', /ADD fetches/],
  ['a file that is not there', 'pnpm-lock.yaml ', 'package-lock.json ', /no package-lock\.json to copy/],
  ['a secret in a layer', 'ENV NODE_ENV', 'ENV REDIS_PASSWORD=hunter2 NODE_ENV', /a secret in a layer/],
  [
    'a stage that is not there',
    '--from=build-producer',
    '--from=built',
    /copies from built, which is no stage/,
  ],
  [
    "another image's build",
    '--from=build-worker-cpu',
    '--from=build-producer',
    /worker-cpu: does not hold its own build/,
  ],
  ['root', /USER .*/g, 'USER root', /producer: its user is no number above 0/],
  ['no user', /USER .*\n/g, '', /worker-cuda: its user is no number above 0/],
  ['a shell before the command', '["labelmill"]', 'labelmill', /signals would not reach it/],
  [
    'an option that is not there',
    '"--health-port", "8080"]',
    '"--port", "8080"]',
    /worker has no option --port/,
  ],
  ['a port that nobody listens on', 'EXPOSE 7700', 'EXPOSE 8080', /exposes 8080, which its command/],
  ['a health check of another path', ':8080/livez', ':8080/healthz', /health check asks something else/],
  ['a cache that belongs to root', 'install -d -o 10001 -g 10001', 'mkdir', /\/cache is not the user's/],
  ['CUDA 12', 'cuda:13.0.1-cudnn', 'cuda:12.8.1-cudnn', /CUDA 13 with cuDNN/],
  ['a GPU image that labels on the CPU', ' LABELMILL_PROVIDER=cuda', '', /runs where it should not/],
])('is caught: %s', (_, from, to, found) => {
  const broken = dockerfile.replace(from, to);
  expect(broken).not.toBe(dockerfile);
  expect(brokenRules(broken, versions).join('\n')).toMatch(found);
});

it('overlays of your own, which hold passwords, are no part of what is built from', async () => {
  expect((await textOf('.dockerignore')).split('\n')).toContain('k8s');
});

it("CUDA's provider library is the one that the GPU bench measures with, of onnxruntime-node's version", async () => {
  const named = /com\.github\.asus4\.onnxruntime\.linux-x64-gpu@[\d.]+/;
  const provider = named.exec(await textOf('scripts/production.sh'))?.[0];
  expect(provider).toBe(named.exec(await textOf('bench/gpu/pack.ts'))?.[0]);
  // That package holds version 1.29.0, which is found out only by loading it.
  const { dependencies } = JSON.parse(await textOf('packages/worker/package.json'));
  expect([provider, dependencies['onnxruntime-node']]).toEqual([
    'com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9',
    '1.29.0',
  ]);
});
