/** Overlay gpu's folder of one bundle, copied for another as its first lines say: the name written three times over. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../parts/labelmill.ts';
import { kustomize, type Manifest, manifestsOf } from './kustomize.ts';

const overlays = join(repository, 'k8s/overlays');

export async function manifestsForBundle(bundle: string): Promise<Manifest[]> {
  // As deep as the original: its paths lead to the components.
  const overlay = await mkdtemp(join(overlays, '.copy-'));
  try {
    const text = await readFile(join(overlays, 'gpu/vgg16-fp16/kustomization.yaml'), 'utf8');
    await mkdir(join(overlay, bundle));
    await writeFile(join(overlay, bundle, 'kustomization.yaml'), text.replaceAll('vgg16-fp16', bundle));
    return manifestsOf(await kustomize(join(overlay, bundle)));
  } finally {
    await rm(overlay, { recursive: true });
  }
}
