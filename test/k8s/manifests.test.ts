/** What `kubectl apply -k` would send for each overlay is right, and what is wrong would be found. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../parts/labelmill.ts';
import { findings } from './findings.ts';
import { kedaSchemasAreHere } from './keda-schemas.ts';
import { kustomize, type Manifest, manifestsOf, overlayManifests, overlayNames } from './kustomize.ts';
import { type PlantedFault, plantedFaults } from './planted-faults.ts';

const names = await overlayNames();
const overlays = new Map<string, Manifest[]>();
for (const name of names) overlays.set(name, await overlayManifests(name));

const copyOf = (overlay: string): Manifest[] => structuredClone(overlays.get(overlay) ?? []);

it('there is an overlay for CPUs, one for GPUs, one with Prometheus and one for spot GPUs', () => {
  expect(names).toEqual(['dev-cpu', 'gpu', 'gpu-prometheus', 'gpu-spot']);
});

it.each(names)('overlay %s has nothing wrong with it', async (name) => {
  const manifests = copyOf(name);
  expect(manifests.length).toBeGreaterThan(8);
  expect(await findings(manifests)).toEqual([]);
});

it.each([
  ['enqueue', 'Job'],
  ['nightly', 'CronJob'],
])('jobs/%s, a %s, has nothing wrong with it beside overlay gpu-prometheus', async (name, expected) => {
  const job = manifestsOf(await kustomize(join(repository, 'k8s/jobs', name)));
  expect(job.map(({ kind }) => kind)).toEqual([expected]);
  expect(await findings([...copyOf('gpu-prometheus'), ...job])).toEqual([]);
});

describe('a planted fault is found:', () => {
  it.each(plantedFaults.filter(({ needsKeda }) => !needsKeda || kedaSchemasAreHere))(
    '$what',
    async ({ overlay = 'gpu', plant, found }: PlantedFault) => {
      const manifests = copyOf(overlay);
      plant(manifests);
      expect((await findings(manifests)).join('\n')).toMatch(found);
    },
  );
});
