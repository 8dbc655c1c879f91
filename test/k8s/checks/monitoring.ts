/** Pods that Prometheus does not scrape although they have metrics, or is kept from. */
import type { Manifest } from '../kustomize.ts';
import { nameOf, selects, workloadsOf } from '../workloads.ts';

interface Port {
  readonly name: string;
  readonly containerPort: number;
}

interface Rule {
  readonly from?: readonly { readonly namespaceSelector?: object }[];
  readonly ports?: readonly { readonly port: string }[];
}

/** Commands that have metrics where they are given a port for them. */
const withMetrics = ['worker', 'producer', 'enqueue'];

export function unscraped(manifests: readonly Manifest[]): string[] {
  const found: string[] = [];
  for (const monitor of manifests.filter(({ kind }) => kind === 'PodMonitor')) {
    const { selector, podMetricsEndpoints } = monitor.spec;
    for (const { name, podLabels, podSpec } of workloadsOf(manifests)) {
      const [container] = podSpec.containers;
      const args: string[] = container.args ?? [];
      if (!withMetrics.includes(args[0] ?? '')) continue;
      const at = args.findIndex((word) => /^--(health|metrics)-port$/.test(word));
      if (at === -1) {
        found.push(`${name}: answers no scrapes`);
        continue;
      }
      const ports: string[] = (container.ports ?? [])
        .filter(({ containerPort }: Port) => String(containerPort) === args[at + 1])
        .map(({ name: port }: Port) => port);
      const endpoint = podMetricsEndpoints.find(({ port }: { port: string }) => ports.includes(port));
      if (endpoint === undefined || !selects(selector.matchLabels, podLabels)) {
        found.push(`${nameOf(monitor)}: does not scrape ${name}`);
      } else if (!letsIn(podLabels, endpoint.port, manifests)) {
        found.push(`${nameOf(monitor)}: no network policy lets it reach ${name}, port ${endpoint.port}`);
      }
    }
  }
  return found;
}

/** Is there a rule for another namespace to come in to this port? */
function letsIn(labels: Workload['podLabels'], port: string, manifests: readonly Manifest[]): boolean {
  return manifests.some(
    ({ kind, spec }) =>
      kind === 'NetworkPolicy' &&
      selects(spec.podSelector.matchLabels ?? {}, labels) &&
      (spec.ingress ?? []).some(
        ({ from = [], ports = [] }: Rule) =>
          from.some(({ namespaceSelector }) => namespaceSelector !== undefined) &&
          ports.some((each) => each.port === port),
      ),
  );
}

type Workload = ReturnType<typeof workloadsOf>[number];
