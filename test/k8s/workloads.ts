/** The pods that a set of manifests makes, and what their containers get. */
import type { Labels, Manifest } from './kustomize.ts';

export interface Workload {
  readonly manifest: Manifest;
  /** Kind and name, for messages. */
  readonly name: string;
  readonly selector: Labels;
  readonly podLabels: Labels;
  // biome-ignore lint/suspicious/noExplicitAny: as in Manifest
  readonly podSpec: any;
}

export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return manifests.flatMap((manifest) => {
    const template =
      manifest.kind === 'CronJob' ? manifest.spec.jobTemplate.spec.template : manifest.spec?.template;
    if (template?.spec === undefined) return [];
    return {
      manifest,
      name: nameOf(manifest),
      selector: manifest.spec.selector?.matchLabels ?? {},
      podLabels: template.metadata?.labels ?? {},
      podSpec: template.spec,
    };
  });
}

export function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}

// biome-ignore lint/suspicious/noExplicitAny: as in Manifest
export function containersOf(podSpec: any): any[] {
  return [...(podSpec.initContainers ?? []), ...podSpec.containers];
}

/** Does the selector, which must name something, choose these labels? */
export function selects(selector: Labels, labels: Labels): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/**
 * A container's environment as far as the manifests say it: ConfigMaps and Secrets first, then its own, labels looked up,
 * secrets decoded. What an optional object that is not there would add is left out.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Manifest
export function environmentOf(container: any, podLabels: Labels, manifests: readonly Manifest[]) {
  const environment: Record<string, string> = {};
  const entries = (kind: string, name: string): Readonly<Record<string, string>> => {
    const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
    if (kind === 'ConfigMap') return found?.data ?? {};
    const decoded = Object.entries((found?.data ?? {}) as Record<string, string>).map(
      ([key, value]) => [key, Buffer.from(value, 'base64').toString()] as const,
    );
    return Object.fromEntries(decoded);
  };
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef !== undefined) Object.assign(environment, entries('ConfigMap', configMapRef.name));
    if (secretRef !== undefined) Object.assign(environment, entries('Secret', secretRef.name));
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { configMapKeyRef, secretKeyRef, fieldRef } = valueFrom ?? {};
    const label = /^metadata\.labels\['(.*)'\]$/.exec(fieldRef?.fieldPath ?? '')?.[1];
    environment[name] =
      value ??
      (configMapKeyRef && entries('ConfigMap', configMapKeyRef.name)[configMapKeyRef.key]) ??
      (secretKeyRef && entries('Secret', secretKeyRef.name)[secretKeyRef.key]) ??
      (label && podLabels[label]) ??
      '';
  }
  return environment;
}

/** `$(NAME)` in a container's arguments, as the kubelet fills it in. */
export function expanded(words: readonly string[], environment: Readonly<Record<string, string>>): string[] {
  return words.map((word) => word.replace(/\$\(([\w.-]+)\)/g, (whole, name) => environment[name] ?? whole));
}

/** Kubernetes' quantities: bytes, cores or pieces as a number. */
export function quantity(text: string | number): number {
  const match = /^([0-9.]+)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(String(text));
  if (match === null) throw new Error(`not a quantity: ${text}`);
  const units: Readonly<Record<string, number>> = {
    m: 1e-3,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
  };
  return Number(match[1]) * (units[match[2] ?? ''] ?? 1);
}
