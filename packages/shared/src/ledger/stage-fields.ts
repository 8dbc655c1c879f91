/** Stage totals as fields of a run's hash: `stage:<name>`, times as whole microseconds, so that sums are exact. */
import { noStages, type StageTotals, stageCounts, stageSeconds } from '../stages/stage-totals.ts';

const fieldPrefix = 'stage:';
const perSecond = 1_000_000;
const scales = new Map<string, number>([
  ...stageSeconds.map((name) => [name, perSecond] as const),
  ...stageCounts.map((name) => [name, 1] as const),
]);

/** Field, value, field, value, …; what is 0 is left out. */
export function stageFields(stages: Partial<StageTotals>): (string | number)[] {
  return Object.entries(stages).flatMap(([name, value]) => {
    const whole = Math.round(value * (scales.get(name) ?? 1));
    return whole === 0 ? [] : [fieldPrefix + name, whole];
  });
}

export function stagesOf(fields: Readonly<Record<string, string>>): StageTotals {
  const totals = noStages();
  for (const [name, scale] of scales) {
    totals[name as keyof StageTotals] = Number(fields[fieldPrefix + name] ?? 0) / scale;
  }
  return totals;
}
