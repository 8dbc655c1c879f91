/**
 * At most `count` of the values, spread evenly over all of them, in their order. Sources list class by class or day by
 * day, so the first ones would be all alike. Never holds more than twice as many.
 */
export async function spread<T>(values: AsyncIterable<T>, count: number): Promise<T[]> {
  let kept: T[] = [];
  let stride = 1;
  let seen = 0;
  for await (const value of values) {
    if (seen++ % stride !== 0) continue;
    kept.push(value);
    if (kept.length < 2 * count) continue;
    kept = kept.filter((_, place) => place % 2 === 0);
    stride *= 2;
  }
  const length = Math.min(count, kept.length);
  return Array.from({ length }, (_, place) => kept[Math.floor((place * kept.length) / length)] as T);
}
