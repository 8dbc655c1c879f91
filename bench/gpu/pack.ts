/**
 * Everything that the GPU bench needs, to be carried to a machine without a network.
 *
 *   node --conditions=source bench/gpu/pack.ts OUT
 *
 * Makes OUT/labelmill-gpu.tgz.aa, .ab … of at most 60 MB each: the built workspace with its production packages for
 * Linux on x86-64, Node, CUDA's provider library and the example photos. Weights are made there, from the seed.
 * On the other machine:
 *
 *   cat labelmill-gpu.tgz.* | tar xz && sh labelmill-gpu/run.sh
 *
 * The figures are then in labelmill-gpu/bench/out/gpu.json; put that into bench/out here for bench/performance-page.ts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@labelmill/shared/errors';
import { runBench } from '../run-bench.ts';

const name = 'labelmill-gpu';
const pieceBytes = 60_000_000;
/** Holds ONNX Runtime's CUDA provider of the same version as onnxruntime-node, 1.29.0, for CUDA 13. */
const providerPackage = 'com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9';
const pnpm = 'pnpm@12.21.0';
const repository = fileURLToPath(new URL('../../', import.meta.url));

await runBench(async () => {
  const [out] = process.argv.slice(2);
  if (out === undefined) throw new UsageError('no_folder', 'usage: bench/gpu/pack.ts OUT');
  await mkdir(out, { recursive: true });
  const work = await mkdtemp(join(tmpdir(), 'lm-pack-'));
  try {
    const pack = join(work, name);
    await step('building', ['node_modules/.bin/tsc', '-b', 'tsconfig.build.json'], repository);
    const deploy = ['--filter', '@labelmill/bench', 'deploy', '--prod', '--legacy', join(pack, 'bench')];
    await step('gathering packages', ['npx', '--yes', pnpm, ...deploy], repository);
    const runtime = join(pack, 'bench/node_modules/onnxruntime-node/bin/napi-v6');
    await keepOnly(runtime, 'linux');
    await keepOnly(join(runtime, 'linux'), 'x64');
    await addProvider(work, join(runtime, 'linux/x64'));
    await cp(join(repository, 'node_modules/node/bin/node'), join(pack, 'node'), { dereference: true });
    await cp(join(repository, 'examples/photos'), join(pack, 'photos'), { recursive: true });
    await cp(fileURLToPath(new URL('./run.sh', import.meta.url)), join(pack, 'run.sh'));
    await chmod(join(pack, 'run.sh'), 0o755);
    for (const piece of await pieces(out)) await rm(piece);
    const cut = `tar cz -C "$1" ${name} | split -b ${pieceBytes} - "$2/${name}.tgz."`;
    await step('packing', ['sh', '-c', cut, 'sh', work, out], repository);
  } finally {
    await rm(work, { recursive: true });
  }
  for (const piece of await pieces(out)) console.log(`${piece}  ${(await stat(piece)).size} bytes`);
});

/** A package of the npm registry that holds libraries: only they are taken. */
async function addProvider(work: string, target: string): Promise<void> {
  await step("fetching CUDA's provider library", ['npm', 'pack', '--silent', providerPackage], work);
  const unpack = 'tar xzf com.github.asus4.*.tgz --strip-components=4 -C "$1" --wildcards "$2"';
  for (const library of ['cuda', 'shared']) {
    const member = `*/libonnxruntime_providers_${library}.so`;
    await step(`adding ${library}`, ['sh', '-c', unpack, 'sh', target, member], work);
  }
}

async function keepOnly(folder: string, kept: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (entry !== kept) await rm(join(folder, entry), { recursive: true });
  }
}

async function pieces(out: string): Promise<string[]> {
  const names = await readdir(out);
  return names
    .filter((file) => file.startsWith(`${name}.tgz.`))
    .sort()
    .map((file) => join(out, file));
}

/** @throws UsageError `pack_failed`; what the command said stands before it */
async function step(what: string, [file = '', ...args]: readonly string[], cwd: string): Promise<void> {
  process.stderr.write(`${what}\n`);
  // pnpm asks questions unless CI is set.
  const env = { ...process.env, CI: 'true' };
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new UsageError('pack_failed', `${what} failed: ${file} ended with ${status}`);
}
