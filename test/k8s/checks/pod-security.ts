/** The restricted Pod Security Standard, and a read-only root beyond it. https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
import type { Manifest } from '../kustomize.ts';
import { containersOf, workloadsOf } from '../workloads.ts';

const allowedVolumes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

export function insecurePods(manifests: readonly Manifest[]): string[] {
  const found = workloadsOf(manifests).flatMap(({ name, podSpec }) => [
    ...insecurePod(podSpec).map((what) => `${name}: ${what}`),
    ...containersOf(podSpec).flatMap((container) =>
      insecureContainer(container, podSpec.securityContext ?? {}).map(
        (what) => `${name}, ${container.name}: ${what}`,
      ),
    ),
  ]);
  const enforced = 'pod-security.kubernetes.io/enforce';
  for (const { kind, metadata } of manifests) {
    if (kind === 'Namespace' && metadata.labels?.[enforced] !== 'restricted') {
      found.push(`Namespace ${metadata.name}: does not enforce it`);
    }
  }
  return found;
}

// biome-ignore lint/suspicious/noExplicitAny: as in Manifest
function insecurePod(podSpec: any): string[] {
  const found: string[] = [];
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) if (podSpec[field]) found.push(field);
  if (podSpec.automountServiceAccountToken !== false) found.push('mounts a token');
  for (const volume of podSpec.volumes ?? []) {
    const kinds = Object.keys(volume).filter((key) => key !== 'name');
    for (const kind of kinds) if (!allowedVolumes.has(kind)) found.push(`volume ${kind}`);
  }
  return found;
}

// biome-ignore lint/suspicious/noExplicitAny: as in Manifest
function insecureContainer(container: any, ofPod: any): string[] {
  const security = container.securityContext ?? {};
  const of = (field: string) => security[field] ?? ofPod[field];
  const found: string[] = [];
  if (security.privileged) found.push('privileged');
  if (security.allowPrivilegeEscalation !== false) found.push('may gain privileges');
  if (!security.capabilities?.drop?.includes('ALL')) found.push('keeps capabilities');
  if ((security.capabilities?.add ?? []).some((name: string) => name !== 'NET_BIND_SERVICE')) {
    found.push('adds capabilities');
  }
  if (of('runAsNonRoot') !== true || of('runAsUser') === 0) found.push('may run as root');
  if (!['RuntimeDefault', 'Localhost'].includes(of('seccompProfile')?.type)) found.push('no seccomp profile');
  if (security.readOnlyRootFilesystem !== true) found.push('may write to its root');
  for (const port of container.ports ?? []) if (port.hostPort) found.push('a port of the host');
  return found;
}
