/** What KEDA and the HorizontalPodAutoscaler behind it do, as far as the tests need it. */
import type { Redis } from 'ioredis';
import type { Manifest } from './kustomize.ts';

/** The redis scaler's own script (pkg/scalers/redis_scaler.go, KEDA 2.20). */
const countScript = `
  local listName = KEYS[1]
  local listType = redis.call('type', listName).ok
  local cmd = {
    zset = 'zcard',
    set = 'scard',
    list = 'llen',
    hash = 'hlen',
    none = 'llen'
  }
  return redis.call(cmd[listType], listName)
`;

export async function kedaCount(redis: Redis, listName: string): Promise<number> {
  return Number(await redis.eval(countScript, 1, listName));
}

/** What KEDA's expressions may call that these manifests do call. */
const functions = { min: Math.min, max: Math.max };

/** Names in a formula that must be triggers. */
export function triggersIn(formula: string): string[] {
  const names: string[] = formula.match(/[a-z_]\w*/g) ?? [];
  return [...new Set(names)].filter((name) => !(name in functions));
}

/** scalingModifiers.formula: arithmetic, comparison and ?: mean in KEDA's expression language what they mean here. */
export function formulaValue(formula: string, triggers: Readonly<Record<string, number>>): number {
  if (!/^[\w\s+*/().,>?:-]+$/.test(formula)) throw new Error(`not a formula of these tests: ${formula}`);
  const names = { ...functions, ...triggers };
  return Number(new Function(...Object.keys(names), `return ${formula}`)(...Object.values(names)));
}

/** A change of less than this share is none to the HorizontalPodAutoscaler. */
const tolerance = 0.1;

/**
 * Replicas for what the triggers say: none where the formula's value is at most the activation target (KEDA), else value
 * ÷ target, rounded up (the autoscaler, metric type AverageValue), between one and the maximum.
 */
export function desiredReplicas(
  scaler: Manifest,
  triggers: Readonly<Record<string, number>>,
  current: number,
): number {
  const { advanced, minReplicaCount, maxReplicaCount } = scaler.spec;
  const { formula, target, activationTarget } = advanced.scalingModifiers;
  const value = formulaValue(formula, triggers);
  if (value <= Number(activationTarget)) return minReplicaCount;
  const ratio = value / (Number(target) * current);
  const wanted = Math.abs(ratio - 1) <= tolerance ? current : Math.ceil(value / Number(target));
  return Math.min(maxReplicaCount, Math.max(1, minReplicaCount, wanted));
}
