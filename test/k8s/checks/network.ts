/** Network policies that keep a labelmill pod from what it needs: names, S3, its Redis. */
import type { Manifest } from '../kustomize.ts';
import { environmentOf, selects, workloadsOf } from '../workloads.ts';

interface Rule {
  readonly ports?: readonly { readonly protocol?: string; readonly port: number | string }[];
}

export function closedNetworks(manifests: readonly Manifest[]): string[] {
  return workloadsOf(manifests).flatMap(({ name, podLabels, podSpec }) =>
    podSpec.containers
      .filter(({ image }: { image: string }) => /(^|\/)labelmill-/.test(image))
      .flatMap((container: { image: string }) => {
        const { REDIS_URL = '' } = environmentOf(container, podLabels, manifests);
        if (!URL.canParse(REDIS_URL)) return [`${name}: is not told where Redis is`];
        const redisPort = Number(new URL(REDIS_URL).port || 6379);
        const needs = { names: 53, S3: 443, Redis: redisPort };
        return Object.entries(needs)
          .filter(([, port]) => !letsOut(podLabels, port, manifests))
          .map(([what, port]) => `${name}: no network policy lets it reach ${what}, port ${port}`);
      }),
  );
}

/** Is there a rule for pods of these labels to leave by TCP to this port? One may name it as the pods behind it do. */
function letsOut(labels: Workload['podLabels'], port: number, manifests: readonly Manifest[]): boolean {
  const named = workloadsOf(manifests).flatMap(({ podSpec }) =>
    podSpec.containers.flatMap(({ ports = [] }: { ports?: { name: string; containerPort: number }[] }) =>
      ports.filter(({ containerPort }) => containerPort === port).map(({ name }) => name),
    ),
  );
  return manifests.some(
    ({ kind, spec }) =>
      kind === 'NetworkPolicy' &&
      spec.policyTypes.includes('Egress') &&
      selects(spec.podSelector.matchLabels ?? {}, labels) &&
      (spec.egress ?? []).some((rule: Rule) =>
        rule.ports?.some((each) => each.protocol === 'TCP' && [port, ...named].includes(each.port)),
      ),
  );
}

type Workload = ReturnType<typeof workloadsOf>[number];
