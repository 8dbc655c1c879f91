/** References that lead nowhere: ConfigMaps, Secrets and their keys, accounts, volumes, ports, variables, KEDA's. */
import type { Manifest } from '../kustomize.ts';
import { containersOf, environmentOf, expanded, nameOf, selects, workloadsOf } from '../workloads.ts';

type Find = (kind: string, name: string) => Manifest | undefined;

export function lostReferences(manifests: readonly Manifest[]): string[] {
  const find: Find = (kind, name) =>
    manifests.find((each) => each.kind === kind && each.metadata.name === name);
  return [
    ...workloadsOf(manifests).flatMap((workload) => lostInPod(workload, manifests, find)),
    ...manifests.filter(({ kind }) => kind === 'Service').flatMap((each) => lostInService(each, manifests)),
    ...manifests.filter(({ kind }) => kind === 'ScaledObject').flatMap((each) => lostInScaler(each, find)),
    ...manifests
      .filter(({ kind }) => kind === 'TriggerAuthentication')
      .flatMap((each) =>
        each.spec.secretTargetRef.flatMap((reference: Reference) =>
          lostKey('Secret', reference, nameOf(each), find),
        ),
      ),
  ];
}

interface Reference {
  readonly name: string;
  readonly key?: string;
  readonly optional?: boolean;
}

function lostKey(kind: string, { name, key, optional }: Reference, where: string, find: Find): string[] {
  const found = find(kind, name);
  if (found === undefined) return optional ? [] : [`${where}: no ${kind} ${name}`];
  if (key === undefined || key in found.data) return [];
  return [`${where}: no ${key} in ${kind} ${name}`];
}

function lostInPod(
  { name, podSpec, podLabels, manifest }: ReturnType<typeof workloadsOf>[number],
  manifests: readonly Manifest[],
  find: Find,
): string[] {
  const found: string[] = [];
  const { serviceAccountName, volumes = [] } = podSpec;
  if (serviceAccountName !== undefined && find('ServiceAccount', serviceAccountName) === undefined) {
    found.push(`${name}: no ServiceAccount ${serviceAccountName}`);
  }
  if (manifest.kind === 'StatefulSet' && find('Service', manifest.spec.serviceName) === undefined) {
    found.push(`${name}: no Service ${manifest.spec.serviceName}`);
  }
  for (const { configMap, secret } of volumes) {
    if (configMap) found.push(...lostKey('ConfigMap', configMap, name, find));
    if (secret) found.push(...lostKey('Secret', { ...secret, name: secret.secretName }, name, find));
  }
  const claims = (manifest.spec.volumeClaimTemplates ?? []).map((claim: Manifest) => claim.metadata.name);
  const there = new Set([...volumes.map((volume: Reference) => volume.name), ...claims]);
  const mounted = new Set<string>();
  for (const container of containersOf(podSpec)) {
    const where = `${name}, ${container.name}`;
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      if (configMapRef) found.push(...lostKey('ConfigMap', configMapRef, where, find));
      if (secretRef) found.push(...lostKey('Secret', secretRef, where, find));
    }
    for (const { valueFrom = {} } of container.env ?? []) {
      const { configMapKeyRef, secretKeyRef, fieldRef } = valueFrom;
      if (configMapKeyRef) found.push(...lostKey('ConfigMap', configMapKeyRef, where, find));
      if (secretKeyRef) found.push(...lostKey('Secret', secretKeyRef, where, find));
      const label = /^metadata\.labels\['(.*)'\]$/.exec(fieldRef?.fieldPath ?? '')?.[1];
      if (label !== undefined && !(label in podLabels))
        found.push(`${where}: its pods have no label ${label}`);
    }
    for (const mount of container.volumeMounts ?? []) {
      mounted.add(mount.name);
      if (!there.has(mount.name)) found.push(`${where}: no volume ${mount.name}`);
    }
    const ports = (container.ports ?? []).flatMap((port: { name: string; containerPort: number }) => [
      port.name,
      port.containerPort,
    ]);
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const port = (container[probe]?.httpGet ?? container[probe]?.tcpSocket)?.port;
      if (port !== undefined && !ports.includes(port)) found.push(`${where}: ${probe} asks port ${port}`);
    }
    const environment = environmentOf(container, podLabels, manifests);
    for (const word of expanded([...(container.command ?? []), ...(container.args ?? [])], environment)) {
      const variable = /\$\([\w.-]+\)/.exec(word)?.[0];
      if (variable !== undefined) found.push(`${where}: ${variable} is not set`);
    }
  }
  for (const volume of there) if (!mounted.has(volume)) found.push(`${name}: nothing mounts ${volume}`);
  return found;
}

function lostInService(service: Manifest, manifests: readonly Manifest[]): string[] {
  const pods = workloadsOf(manifests).filter(({ podLabels }) => selects(service.spec.selector, podLabels));
  const ports = pods.flatMap(({ podSpec }) =>
    containersOf(podSpec).flatMap(({ ports: all = [] }) =>
      all.flatMap((port: { name: string; containerPort: number }) => [port.name, port.containerPort]),
    ),
  );
  return service.spec.ports
    .map(({ port, targetPort = port }: { port: number; targetPort?: number | string }) => targetPort)
    .filter((port: number | string) => !ports.includes(port))
    .map((port: number | string) => `${nameOf(service)}: no pod of it has port ${port}`);
}

function lostInScaler(scaler: Manifest, find: Find): string[] {
  const { scaleTargetRef, triggers } = scaler.spec;
  const found: string[] = [];
  if (find(scaleTargetRef.kind ?? 'Deployment', scaleTargetRef.name) === undefined) {
    found.push(`${nameOf(scaler)}: no Deployment ${scaleTargetRef.name}`);
  }
  for (const { authenticationRef, name } of triggers) {
    if (authenticationRef && find('TriggerAuthentication', authenticationRef.name) === undefined) {
      found.push(`${nameOf(scaler)}, ${name}: no TriggerAuthentication ${authenticationRef.name}`);
    }
  }
  return found;
}
