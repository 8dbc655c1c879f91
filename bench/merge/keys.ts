/**
 * The keys of both runs, in S3's order: a folder of each width of UTF-8, then a number. JavaScript's order of strings
 * has the last two folders the other way round.
 */
const folders = ['a', 'é', '～', '😺'];

export function key(n: number, all: number): string {
  const folder = folders[Math.floor((n * folders.length) / all)] ?? '';
  return `s3://photos-of-2026/originals/${folder}/cameras/${String(n).padStart(9, '0')}_${folder}.jpg`;
}

/** An ETag; of every 1,000th key another one than before. */
export function version(n: number, now: boolean): string {
  const seed = now && isChanged(n) ? n + 1 : n;
  return (Math.imul(seed + 1, 0x9e3779b1) >>> 0).toString(16).padStart(32, '0');
}

export const isChanged = (n: number) => n % 1000 === 500;
/** In the earlier run alone, and in the listing alone. */
export const isRemoved = (n: number) => n % 1000 === 100;
export const isNew = (n: number) => n % 1000 === 900;
