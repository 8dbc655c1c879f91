/**
 * Named places where a test can make the process die as by `kill -9`: `LABELMILL_CRASH_AT=committed` at the first
 * passing, `committed:3` at the third. Unarmed, each is one comparison.
 */
let name = '';
let left = 0;

/** @param where the variable's value, where it is set */
export function armCrashPoint(where: string | undefined): void {
  const [point = '', count = '1'] = (where ?? '').split(':');
  name = point;
  left = Number(count);
}

export const crashPoints = [
  'run-written',
  'step-written',
  'segment-written',
  'chunks-added',
  'listed-written',
  'listing-closed',
  'features-created',
  'part-created',
  'committed',
  'handed-back',
  'summary-written',
  'success-written',
  'success-removed',
  'summary-removed',
  'retry-planned',
  'retried-part-created',
  'part-replaced',
  'part-shown-again',
  'epoch-published',
  'compact-planned',
  'compact-file-created',
  'compact-closed',
  'compact-stale-removed',
] as const;
export type CrashPoint = (typeof crashPoints)[number];

export function crashPoint(point: CrashPoint): void {
  if (point === name && --left === 0) process.kill(process.pid, 'SIGKILL');
}
