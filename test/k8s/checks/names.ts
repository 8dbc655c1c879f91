/** Names and labels that the API server would refuse, and objects that are there twice. */
import type { Manifest } from '../kustomize.ts';
import { containersOf, nameOf, workloadsOf } from '../workloads.ts';

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** RFC 6335: at most 15 characters, a letter among them. */
const portName = /^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/;
const labelKey = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/;

export function wrongNames(manifests: readonly Manifest[]): string[] {
  const seen = new Set<string>();
  const objects = manifests.flatMap((manifest) => {
    const { name, namespace, labels = {} } = manifest.metadata;
    const found: string[] = [];
    const key = `${manifest.apiVersion} ${nameOf(manifest)} ${namespace}`;
    if (seen.has(key)) found.push(`${nameOf(manifest)}: is there twice`);
    seen.add(key);
    if (name.length > 253 || !dnsSubdomain.test(name)) found.push(`${nameOf(manifest)}: no legal name`);
    if (manifest.kind !== 'Namespace' && namespace !== 'labelmill') {
      found.push(`${nameOf(manifest)}: is in no namespace`);
    }
    return [...found, ...wrongLabels(nameOf(manifest), labels)];
  });
  return [...objects, ...workloadsOf(manifests).flatMap(wrongInPod)];
}

function wrongInPod({ name, manifest, podLabels, podSpec }: ReturnType<typeof workloadsOf>[number]) {
  const found = wrongLabels(`${name}'s pods`, podLabels);
  // Pods get some characters more; what names a host must stay a label.
  if (!dnsLabel.test(manifest.metadata.name) || manifest.metadata.name.length > 52) {
    found.push(`${name}: too long or no legal name for its pods`);
  }
  for (const { name: container, ports = [] } of containersOf(podSpec)) {
    if (!dnsLabel.test(container)) found.push(`${name}: container ${container} has no legal name`);
    for (const port of ports) {
      if (!portName.test(port.name)) found.push(`${name}: port ${port.name} has no legal name`);
    }
  }
  return found;
}

function wrongLabels(where: string, labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels)
    .filter(([key, value]) => !labelKey.test(key) || !labelValue.test(value))
    .map(([key, value]) => `${where}: no legal label ${key}: ${value}`);
}
