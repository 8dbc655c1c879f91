import { randomInt } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** A run id: UTC time to the millisecond, so that ids sort by time, and five random characters (32⁵ ≈ 33.5 M). */
export function newRunId(now = new Date()): string {
  const time = now
    .toISOString()
    .replace(/[-:.Z]/g, '')
    .replace('T', '-')
    .toLowerCase();
  return `${time}-${randomCharacters(5)}`;
}

/** A ledger's epoch: never the same twice, also when Redis has forgotten all earlier ones. */
export function newEpoch(now = new Date()): string {
  return `${now.getTime().toString(36)}-${randomCharacters(8)}`;
}

function randomCharacters(count: number): string {
  return Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join('');
}
