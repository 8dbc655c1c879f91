/** ScaledObjects that would count something else than their workers' queue, or never reach their maximum. */
import { keyPrefix } from '@labelmill/shared/redis/queue';
import { desiredReplicas, triggersIn } from '../keda.ts';
import type { Manifest } from '../kustomize.ts';
import { settingsIn } from '../settings-in.ts';
import { environmentOf, expanded, nameOf, workloadsOf } from '../workloads.ts';

/** What keeps workers: waiting and in work, and what only a worker can put back to waiting. */
const states = ['wait', 'active', 'delayed'];

export function wrongAutoscaling(manifests: readonly Manifest[]): string[] {
  const scalers = manifests.filter(({ kind }) => kind === 'ScaledObject');
  return [...scalers.flatMap((scaler) => wrongScaler(scaler, manifests)), ...scaledTwice(scalers)];
}

/** The queue of a worker Deployment: its --model, as the kubelet fills it in. */
export function queueOf(deployment: Manifest, manifests: readonly Manifest[]): string | undefined {
  const [workload] = workloadsOf([deployment]);
  const worker = workload?.podSpec.containers.find(({ args }: { args?: string[] }) => args?.[0] === 'worker');
  if (workload === undefined || worker === undefined) return undefined;
  const args = expanded(worker.args, environmentOf(worker, workload.podLabels, manifests));
  return args[args.indexOf('--model') + 1];
}

function wrongScaler(scaler: Manifest, manifests: readonly Manifest[]): string[] {
  const { scaleTargetRef, minReplicaCount, maxReplicaCount, triggers, advanced, fallback } = scaler.spec;
  const found: string[] = [];
  const say = (what: string) => found.push(`${nameOf(scaler)}: ${what}`);
  const target = manifests.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === scaleTargetRef.name,
  );
  if (target === undefined) return [];
  if (target.spec.replicas !== undefined) say('the Deployment says its replicas too');
  if (minReplicaCount !== 0) say('never scales to zero');
  if (fallback === undefined) say('no fallback');
  const queue = queueOf(target, manifests);
  for (const state of states) {
    const trigger = triggers.find(({ name }: { name: string }) => name === state);
    const key = `${keyPrefix}:${queue}:${state}`;
    if (trigger?.metadata.listName !== key) say(`counts ${trigger?.metadata.listName}, not ${key}`);
  }
  const { formula = '', activationTarget } = advanced?.scalingModifiers ?? {};
  const names: string[] = triggers.map(({ name }: { name: string }) => name);
  const used = triggersIn(formula);
  for (const state of states) if (!used.includes(state)) say(`its formula leaves out ${state}`);
  for (const name of used) if (!names.includes(name)) say(`its formula names ${name}, which no trigger does`);
  if (activationTarget !== '0') say('a single chunk would not start a worker');
  const none = Object.fromEntries([...names, ...used].map((name) => [name, 0]));
  const most = outstandingChunks(manifests);
  if (desiredReplicas(scaler, { ...none, wait: most }, 1) < maxReplicaCount) {
    say(`${most} chunks are outstanding at most: too few for ${maxReplicaCount} workers`);
  }
  if (desiredReplicas(scaler, { ...none, finish: 3 }, 1) !== 0) say('keeps workers for an empty queue');
  const finish = triggers.find(({ name }: { name: string }) => name === 'finish');
  if (finish !== undefined) {
    found.push(
      ...wrongFinish(finish.metadata.url, queue, manifests).map((what) => `${nameOf(scaler)}: ${what}`),
    );
    const wanted = desiredReplicas(scaler, { ...none, wait: most, finish: 2.5 }, 1);
    if (wanted !== 3) say(`makes ${wanted} workers of the 2.5 that are wanted`);
  }
  return found;
}

/** The control API's own Service and path, for the queue of the workers. */
function wrongFinish(url: string, queue: string | undefined, manifests: readonly Manifest[]): string[] {
  const { hostname, port, pathname } = new URL(url);
  const [service, namespace] = hostname.split('.');
  const found = manifests.find(({ kind, metadata }) => kind === 'Service' && metadata.name === service);
  const ports = (found?.spec.ports ?? []).map((each: { port: number }) => String(each.port));
  return [
    ...(found?.metadata.namespace === namespace && ports.includes(port || '80')
      ? []
      : [`asks ${url}: no such Service`]),
    ...(pathname === `/api/scaling/${queue}` ? [] : [`asks ${pathname}, not for ${queue}`]),
  ];
}

/** A producer's bound: the ConfigMap that its containers, too, have as environment. */
function outstandingChunks(manifests: readonly Manifest[]): number {
  const config = manifests.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'labelmill',
  );
  return settingsIn(config?.data ?? {})?.mostOutstandingChunks ?? 0;
}

function scaledTwice(scalers: readonly Manifest[]): string[] {
  const targets = scalers.map(({ spec }) => spec.scaleTargetRef.name as string);
  return scalers
    .filter(({ spec }, at) => targets.indexOf(spec.scaleTargetRef.name) !== at)
    .map((scaler) => `${nameOf(scaler)}: another one scales ${scaler.spec.scaleTargetRef.name} too`);
}
