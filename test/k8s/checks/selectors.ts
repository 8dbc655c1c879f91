/** Selectors that choose nothing, or what they should not. */
import type { Labels, Manifest } from '../kustomize.ts';
import { nameOf, selects, workloadsOf } from '../workloads.ts';

export function wrongSelectors(manifests: readonly Manifest[]): string[] {
  const workloads = workloadsOf(manifests);
  const found: string[] = [];
  for (const { name, selector, podLabels, podSpec, manifest } of workloads) {
    if (manifest.kind === 'Deployment' || manifest.kind === 'StatefulSet') {
      if (!selects(selector, podLabels)) found.push(`${name}: its selector does not choose its own pods`);
      const others = workloads.filter((other) => other.name !== name && selects(selector, other.podLabels));
      for (const other of others) found.push(`${name}: its selector chooses the pods of ${other.name} too`);
    }
    for (const { topologyKey, labelSelector } of podSpec.topologySpreadConstraints ?? []) {
      if (!selects(labelSelector.matchLabels, podLabels)) {
        found.push(`${name}: what is spread over ${topologyKey} are not its pods`);
      }
    }
  }
  const chosen = (selector: Labels) => workloads.filter(({ podLabels }) => selects(selector, podLabels));
  for (const manifest of manifests) {
    if (manifest.kind === 'Service' && chosen(manifest.spec.selector).length === 0) {
      found.push(`${nameOf(manifest)}: chooses no pods`);
    }
    if (manifest.kind === 'PodDisruptionBudget') {
      const pods = chosen(manifest.spec.selector.matchLabels);
      if (pods.length !== 1) found.push(`${nameOf(manifest)}: chooses the pods of ${pods.length} workloads`);
      const { maxUnavailable, minAvailable } = manifest.spec;
      if (maxUnavailable === 0 || minAvailable !== undefined) {
        found.push(`${nameOf(manifest)}: would keep nodes from being drained`);
      }
    }
    if (manifest.kind === 'NetworkPolicy') {
      const selector = manifest.spec.podSelector.matchLabels;
      if (selector !== undefined && chosen(selector).length === 0) {
        found.push(`${nameOf(manifest)}: chooses no pods`);
      }
      const peers = [...(manifest.spec.ingress ?? []), ...(manifest.spec.egress ?? [])].flatMap((rule) => [
        ...(rule.from ?? []),
        ...(rule.to ?? []),
      ]);
      for (const { podSelector, namespaceSelector } of peers) {
        if (podSelector && !namespaceSelector && chosen(podSelector.matchLabels).length === 0) {
          found.push(`${nameOf(manifest)}: names pods that are not there`);
        }
      }
    }
  }
  return found;
}
