/**
 * A cluster of one machine: reads a Deployment and its ScaledObject, asks what KEDA would ask, and starts and SIGTERMs real
 * workers as pods would be. It looks a hundred times as often as the ScaledObject says, and takes workers away after a
 * six-hundredth of its windows, so that some have work then; the grace period is the Deployment's own.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { LabelmillProcess } from '../parts/labelmill.ts';
import { desiredReplicas, kedaCount } from './keda.ts';
import type { Manifest } from './kustomize.ts';
import { environmentOf, expanded, workloadsOf } from './workloads.ts';

export interface Look {
  /** Seconds since the start. */
  readonly at: number;
  readonly triggers: Readonly<Record<string, number>>;
  readonly replicas: number;
}

export interface StoppedPod {
  readonly status: number | null;
  /** From SIGTERM to its end. */
  readonly seconds: number;
  /** It had chunks that it finished or handed back. */
  readonly wasBusy: boolean;
}

const looksFaster = 100;
const settlesFaster = 600;

export class SimulatedCluster implements AsyncDisposable {
  readonly looks: Look[] = [];
  readonly stopped: StoppedPod[] = [];
  readonly graceSeconds: number;
  readonly #scaler: Manifest;
  readonly #args: string[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #redis: Redis;
  readonly #askFinish: (path: string) => Promise<number>;
  readonly #pods: LabelmillProcess[] = [];
  readonly #ending = new Set<Promise<void>>();
  /** What the autoscaler would have wanted, of the last stabilisation window. */
  #wanted: { readonly atMs: number; readonly replicas: number }[] = [];
  #activeAtMs = -Infinity;
  #startedMs = performance.now();

  /** @param env in place of the Deployment's: where Redis and the files are here, and that there is no GPU */
  constructor(
    manifests: readonly Manifest[],
    redis: Redis,
    env: NodeJS.ProcessEnv,
    askFinish: (path: string) => Promise<number>,
  ) {
    const scaler = manifests.find(({ kind }) => kind === 'ScaledObject');
    const name = scaler?.spec.scaleTargetRef.name;
    const workload = workloadsOf(manifests).find(({ manifest }) => manifest.metadata.name === name);
    if (scaler === undefined || workload === undefined) throw new Error('no ScaledObject with a Deployment');
    const [container] = workload.podSpec.containers;
    const environment = environmentOf(container, workload.podLabels, manifests);
    this.#scaler = scaler;
    // Pods have a port each; processes of one machine would share it.
    this.#args = withoutHealthPort(expanded(container.args, environment));
    this.#env = { ...environment, ...env };
    this.graceSeconds = workload.podSpec.terminationGracePeriodSeconds;
    this.#redis = redis;
    this.#askFinish = askFinish;
  }

  get replicas(): number {
    return this.#pods.length;
  }

  /** Looks and scales, as often as KEDA would, until `done` says so. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      await this.#look();
      await delay((1000 * this.#scaler.spec.pollingInterval) / looksFaster);
    }
    await Promise.all(this.#ending);
  }

  async #look(): Promise<void> {
    const triggers: Record<string, number> = {};
    for (const { type, name, metadata } of this.#scaler.spec.triggers) {
      triggers[name] =
        type === 'redis'
          ? await kedaCount(this.#redis, metadata.listName)
          : await this.#askFinish(new URL(metadata.url).pathname);
    }
    this.#scale(desiredReplicas(this.#scaler, triggers, Math.max(1, this.replicas)));
    const at = (performance.now() - this.#startedMs) / 1000;
    this.looks.push({ at, triggers, replicas: this.replicas });
  }

  /** Up at once; down to the most that was wanted in the window; to none when nothing was there for the cooldown. */
  #scale(desired: number): void {
    const { cooldownPeriod, advanced } = this.#scaler.spec;
    const { behavior } = advanced.horizontalPodAutoscalerConfig;
    const nowMs = performance.now();
    if (desired > 0) this.#activeAtMs = nowMs;
    if (desired === 0) {
      if (nowMs - this.#activeAtMs < (1000 * cooldownPeriod) / settlesFaster) return;
      while (this.#pods.length > 0) this.#stopOne();
      return;
    }
    const windowMs = (1000 * behavior.scaleDown.stabilizationWindowSeconds) / settlesFaster;
    this.#wanted = this.#wanted.filter(({ atMs }) => nowMs - atMs < windowMs);
    this.#wanted.push({ atMs: nowMs, replicas: desired });
    while (this.#pods.length < desired) {
      this.#pods.push(new LabelmillProcess(this.#args, { env: this.#env }));
    }
    const most = Math.max(...this.#wanted.map(({ replicas }) => replicas));
    while (this.#pods.length > most) this.#stopOne();
  }

  /** Whichever: Kubernetes does not know what a pod is at. */
  #stopOne(): void {
    const [pod] = this.#pods.splice(Math.floor(Math.random() * this.#pods.length), 1);
    if (pod === undefined) return;
    const ending = this.#end(pod).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  async #end(pod: LabelmillProcess): Promise<void> {
    const fromMs = performance.now();
    const wasBusy = (await this.#redis.llen(this.#key('active'))) > 0;
    pod.kill('SIGTERM');
    const timer = setTimeout(() => pod.kill('SIGKILL'), 1000 * this.graceSeconds);
    const { status } = await pod.ended;
    clearTimeout(timer);
    this.stopped.push({ status, seconds: (performance.now() - fromMs) / 1000, wasBusy });
  }

  #key(name: string): string {
    return this.#scaler.spec.triggers.find((each: { name: string }) => each.name === name).metadata.listName;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pods.map((pod) => pod[Symbol.asyncDispose]()));
    await Promise.all(this.#ending);
  }
}

function withoutHealthPort(args: readonly string[]): string[] {
  const at = args.indexOf('--health-port');
  return at === -1 ? [...args] : args.toSpliced(at, 2);
}

/** A line for each change of the replicas. */
export function timeline(looks: readonly Look[]): string {
  const changes = looks.filter((look, at) => look.replicas !== looks[at - 1]?.replicas);
  const lines = [...changes, ...looks.slice(-1)].map(({ at, triggers, replicas }) => {
    const counts = Object.entries(triggers).map(([name, value]) => `${name} ${Number(value.toFixed(2))}`);
    return `${at.toFixed(1).padStart(6)} s  ${'#'.repeat(replicas)}${replicas} workers  (${counts.join(', ')})`;
  });
  return lines.join('\n');
}
