/** Containers that ask for a bundle which nothing puts there. */
import { readdirSync } from 'node:fs';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import type { Manifest } from '../kustomize.ts';
import { environmentOf, expanded, workloadsOf } from '../workloads.ts';

export function missingModels(manifests: readonly Manifest[]): string[] {
  return workloadsOf(manifests).flatMap(({ name, podLabels, podSpec }) =>
    podSpec.containers.flatMap((container: { args?: string[]; volumeMounts?: Mount[] }) => {
      const args = expanded(container.args ?? [], environmentOf(container, podLabels, manifests));
      const at = args.indexOf('--model');
      const bundle = args[at + 1] ?? '';
      if (at === -1 || readdirSync(builtInBundles).includes(bundle)) return [];
      const made = (podSpec.initContainers ?? []).some((init: Container) => {
        const { MODEL, LABELMILL_MODELS } = environmentOf(init, podLabels, manifests);
        const { LABELMILL_MODELS: own } = environmentOf(container, podLabels, manifests);
        return (
          `${MODEL}-fp16` === bundle &&
          LABELMILL_MODELS === own &&
          mounts(init, own) &&
          mounts(container, own)
        );
      });
      return made ? [] : [`${name}: nothing puts ${bundle} into its models`];
    }),
  );
}

/** Whoever begins runs pins the digest of a bundle: it must have those that the workers serve. */
export function missingOfWorkers(manifests: readonly Manifest[]): string[] {
  const workloads = workloadsOf(manifests);
  const served = new Set(
    workloads.flatMap(({ podLabels, podSpec }) =>
      podSpec.containers
        .map((container: Container) =>
          expanded(container.args ?? [], environmentOf(container, podLabels, manifests)),
        )
        .filter(([command]: string[]) => command === 'worker')
        .map((args: string[]) => args[args.indexOf('--model') + 1] ?? ''),
    ),
  );
  const builtIn = readdirSync(builtInBundles);
  return workloads.flatMap(({ name, podLabels, podSpec }) => {
    const [container] = podSpec.containers;
    if (!['producer', 'serve'].includes(container.args?.[0])) return [];
    const { LABELMILL_MODELS: own } = environmentOf(container, podLabels, manifests);
    const made = (podSpec.initContainers ?? []).flatMap((init: Container) => {
      const { MODELS = '', LABELMILL_MODELS } = environmentOf(init, podLabels, manifests);
      const there = LABELMILL_MODELS === own && mounts(init, own) && mounts(container, own);
      return there ? MODELS.split(' ').map((model) => `${model}-fp16`) : [];
    });
    return [...served]
      .filter((bundle) => ![...builtIn, ...made].includes(bundle))
      .map((bundle) => `${name}: nothing puts ${bundle}, which workers serve, into its models`);
  });
}

interface Mount {
  readonly name: string;
  readonly mountPath: string;
}

interface Container {
  readonly args?: readonly string[];
  readonly volumeMounts?: readonly Mount[];
}

function mounts({ volumeMounts = [] }: Container, path = ''): boolean {
  return volumeMounts.some(({ mountPath }) => mountPath === path);
}
