/** Evaluation with several views, against a session of the test's own over the same network. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allClassesGraph } from '@labelmill/models/all-classes-graph';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { readBundle } from '@labelmill/models/read-bundle';
import { decodeRescaled } from '@labelmill/worker/engine/decode-rescaled';
import type { ViewPlan } from '@labelmill/worker/evaluate/view-plan';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { fixture, photo, photoNames } from './fixture-uris.ts';
import { limits, miniEngineConfig, startMiniEngine } from './mini-engine.ts';

const { folder, manifest } = await readBundle(join(builtInBundles, 'vgg-mini-fp32'));
const graph = allClassesGraph(manifest)!.file;
const session = await InferenceSession.create(join(folder, graph), { intraOpNumThreads: 1 });
const classes = manifest.classes.length;
const crop = 64;

async function startViews(views: ViewPlan) {
  const { bundle } = await miniEngineConfig();
  return startMiniEngine({ bundle: { ...bundle, graph }, views, topK: classes, batch: 7 });
}

/** Scores by class of one view, whose pixels sharp cuts and mirrors. */
async function scoresOf(
  name: string,
  scale: number,
  window: { left: number; top: number; width: number; height: number } | null,
  mirrored: boolean,
): Promise<number[]> {
  const { width, height, pixels } = await decodeRescaled(readFileSync(photo(name)), scale, limits);
  const whole = sharp(pixels, { raw: { width, height, channels: 3 } });
  const cut = window === null ? whole : whole.extract(window);
  const { data, info } = await (mirrored ? sharp(await cut.png().toBuffer()).flop() : cut)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { score, index } = await session.run({
    image: new Tensor('uint8', data, [1, info.height, info.width, 3]),
  });
  const scores = new Array<number>(classes);
  (index!.data as BigInt64Array).forEach((label, rank) => {
    scores[Number(label)] = (score!.data as Float32Array)[rank]!;
  });
  return scores;
}

async function expectMean(
  name: string,
  plan: ViewPlan,
  views: readonly (readonly number[])[],
): Promise<void> {
  await using mini = await startViews(plan);
  const [result] = await mini.label([photo(name).href]);
  if (result?.status !== 'ok') throw new Error(JSON.stringify(result));
  expect(result.indices).toHaveLength(classes);
  result.indices.forEach((label, rank) => {
    const mean = views.reduce((sum, scores) => sum + scores[label]!, 0) / views.length;
    expect(Math.abs(result.scores[rank]! - mean)).toBeLessThan(1e-5);
  });
  expect(result.scores.toSorted((a, b) => b - a)).toEqual(result.scores);
}

test('ten-crop gives the mean of the corners and the centre, as they are and mirrored', async () => {
  // cat.jpg is 451×300: at scale 96 it is trunc(96 · 451 / 300) = 144 wide.
  const corners = [
    [0, 0],
    [80, 0],
    [0, 32],
    [80, 32],
    [40, 16],
  ] as const;
  const views: number[][] = [];
  for (const [left, top] of corners) {
    for (const mirrored of [false, true])
      views.push(await scoresOf('cat.jpg', 96, { left, top, width: crop, height: crop }, mirrored));
  }
  await expectMean('cat.jpg', { mode: 'ten-crop', scales: [96] }, views);
});

test('dense gives the mean of whole images and their mirror images, at every scale', async () => {
  const views: number[][] = [];
  for (const scale of [64, 128]) {
    for (const mirrored of [false, true]) views.push(await scoresOf('cat.jpg', scale, null, mirrored));
  }
  await expectMean('cat.jpg', { mode: 'dense', scales: [64, 128] }, views);
});

test('multi-crop gives the mean of a grid from edge to edge', async () => {
  // There is no room above or below, so each of five crops side by side is there five times.
  const { width, height } = await decodeRescaled(readFileSync(photo('ridge.jpg')), crop, limits);
  expect(height).toBe(crop);
  const views: number[][] = [];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const exact = (width - crop) * share;
    const left = exact % 1 === 0.5 ? 2 * Math.round(exact / 2) : Math.round(exact);
    for (const mirrored of [false, true])
      views.push(await scoresOf('ridge.jpg', crop, { left, top: 0, width: crop, height: crop }, mirrored));
  }
  await expectMean('ridge.jpg', { mode: 'multi-crop', scales: [crop] }, views);
});

test('every image is answered once, broken ones with their codes', async () => {
  await using mini = await startViews({ mode: 'flip', scales: [crop] });
  const uris = ['text.jpg', '1x65535.png', 'missing.jpg'].map((name) => fixture(name).href);
  const results = await mini.label([...uris, ...photoNames.map((name) => photo(name).href)]);
  expect(results.map((result) => (result.status === 'error' ? result.code : result.status))).toEqual([
    'unsupported_format',
    'bad_aspect',
    'not_found',
    ...photoNames.map(() => 'ok'),
  ]);
});

test('closing waits for the images inside, and the process ends cleanly', async () => {
  const mini = await startViews({ mode: 'flip', scales: [crop] });
  mini.engine.label([{ id: 0, uri: photo('cat.jpg').href }]);
  expect(await mini.engine.close()).toMatchObject({ code: 0, signal: null });
  expect(mini.results).toHaveLength(1);
});
