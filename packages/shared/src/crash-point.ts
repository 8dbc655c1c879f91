/**
 * Named places where a test can make the process die as by `kill -9`: `LABELMILL_CRASH_AT=committed` at the first
 * passing, `committed:3` at the third. Without that variable each is one comparison.
 */
const [name, count = '1'] = (process.env.LABELMILL_CRASH_AT ?? '').split(':');
let left = Number(count);

export type CrashPoint =
  | 'segment-written'
  | 'chunks-added'
  | 'features-created'
  | 'part-created'
  | 'committed'
  | 'summary-written'
  | 'success-removed'
  | 'retry-planned'
  | 'retried-part-created'
  | 'part-replaced'
  | 'epoch-published';

export function crashPoint(point: CrashPoint): void {
  if (point === name && --left === 0) process.kill(process.pid, 'SIGKILL');
}
