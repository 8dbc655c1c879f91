/** Required fields, enumerations and forms that are not kept; what is unknown passes here (unknown-fields.ts). */
import type { Manifest } from './kustomize.ts';

interface Validated {
  validate(): void;
}

/** Of groups that are not Kubernetes' own. */
const modelsOf: Readonly<Record<string, string>> = {
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

type ModelClass = new (manifest: Manifest) => Validated;

/** One line for each object; none where its schema is kept. */
export async function missingFields(manifest: Manifest): Promise<string[]> {
  const { apiVersion, kind } = manifest;
  const [group = ''] = apiVersion.split('/');
  const models = modelsOf[group] ?? 'kubernetes-models';
  const module = (await import(`${models}/${apiVersion}/${kind}`)) as Readonly<Record<string, ModelClass>>;
  const model = module[kind];
  if (model === undefined) return [`${apiVersion} ${kind}: no model`];
  try {
    new model(unfolded(manifest)).validate();
    return [];
  } catch (error) {
    return [`${kind} ${manifest.metadata?.name}: ${(error as Error).message}`];
  }
}

/** Kustomize folds long values of a Secret; Kubernetes unfolds them. */
function unfolded(manifest: Manifest): Manifest {
  if (manifest.kind !== 'Secret') return manifest;
  const data = Object.entries((manifest.data ?? {}) as Readonly<Record<string, string>>);
  return {
    ...manifest,
    data: Object.fromEntries(data.map(([key, value]) => [key, value.replace(/\s/g, '')])),
  };
}
