/**
 * End to end against the composed limit: `labelmill label` on real photos, beside what the machine can do at best,
 * 1 / (best bare session time an image + best bare decode time an image on all cores), measured in turn.
 *
 * usage: node --conditions=source bench/end-to-end/main.ts MODEL [FOLDER [IMAGES [ROUNDS]]]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtInBundles, userBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { initBundle } from '@labelmill/models/init-bundle';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const [model = 'vgg16', folder = here('../../examples/photos'), images = '64', rounds = '3'] =
  process.argv.slice(2);
const models = userBundles(process.env, homedir());
if (model !== 'vgg-mini' && !existsSync(join(models, `${model}-fp32`))) {
  await initBundle({ model, seed: 1, folder: models });
}
const bundle = await resolveBundle(model, [models, builtInBundles]);
const { crop, resize } = bundle.manifest.preprocessing;
const names = readdirSync(folder)
  .filter((name) => /\.jpe?g$/i.test(name))
  .sort();
const photos = Array.from({ length: Number(images) }, (_, n) =>
  resolve(folder, names[n % names.length] ?? ''),
);
const work = mkdtempSync(join(tmpdir(), 'lm-bench-'));
const manifest = join(work, 'photos.txt');
writeFileSync(manifest, photos.join('\n'));

const node = (script: string, args: string[], input = '') =>
  execFileSync(process.execPath, ['--conditions=source', here(script), ...args], {
    encoding: 'utf8',
    input,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, UV_THREADPOOL_SIZE: String(availableParallelism()) },
  }).trim();

const rows = Array.from({ length: Number(rounds) }, () => {
  const session = Math.min(
    ...['8', '16'].map((batch) => Number(node('./bare-session.ts', [bundle.folder, batch]))),
  );
  const decode = Number(node('./bare-decode.ts', [String(crop), String(resize)], photos.join('\n')));
  const label = JSON.parse(
    node('../../packages/cli/src/main.ts', [
      'label',
      manifest,
      '--model',
      bundle.folder,
      '--out',
      work,
      '--json',
    ]),
  ) as { imagesPerSecond: number };
  const limit = 1000 / (session + decode);
  return {
    sessionMs: session,
    decodeMs: decode,
    limit,
    endToEnd: label.imagesPerSecond,
    ratio: label.imagesPerSecond / limit,
  };
});
rmSync(work, { recursive: true });

const ratios = rows.map((row) => row.ratio).sort((a, b) => a - b);
const median = ratios[ratios.length >> 1] ?? Number.NaN;
const result = {
  model: bundle.name,
  images: photos.length,
  cores: availableParallelism(),
  rows,
  medianRatio: median,
};
mkdirSync(here('../out'), { recursive: true });
writeFileSync(here('../out/end-to-end.json'), `${JSON.stringify(result, null, 2)}\n`);
for (const { sessionMs, decodeMs, limit, endToEnd, ratio } of rows) {
  console.log(
    `session ${sessionMs.toFixed(1)} ms + decode ${decodeMs.toFixed(1)} ms: limit ${limit.toFixed(2)} images/s; end to end ${endToEnd.toFixed(2)}; ratio ${ratio.toFixed(3)}`,
  );
}
console.log(
  `${bundle.name}, ${photos.length} photos, ${availableParallelism()} cores: median ratio ${median.toFixed(3)}`,
);
