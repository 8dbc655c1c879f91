import { InvalidArgumentError } from 'commander';

const unitSeconds: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** `2h`, `90m`, `1h30m`, `45s`, `3d`: seconds. */
export function duration(value: string): number {
  const parts = [...value.matchAll(/(\d+)([dhms])/g)];
  const seconds = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unitSeconds[unit ?? ''] ?? 0),
    0,
  );
  if (parts.map(([text]) => text).join('') !== value || seconds === 0) {
    throw new InvalidArgumentError('a time such as 2h, 90m or 1h30m is needed.');
  }
  return seconds;
}
