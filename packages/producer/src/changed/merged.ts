import { compareOrderKeys, orderKey } from './image-order.ts';

interface Named {
  readonly uri: string;
}

/** Two streams in the order of their URIs as one. */
export async function* merged<T extends Named>(
  a: AsyncGenerator<readonly T[]>,
  b: AsyncGenerator<readonly T[]>,
): AsyncGenerator<readonly T[]> {
  let [left, right] = [await keyed(a), await keyed(b)];
  while (left !== null && right !== null) {
    const out: T[] = [];
    let [l, r] = [0, 0];
    while (l < left.length && r < right.length) {
      const [first, second] = [left[l]!, right[r]!];
      if (compareOrderKeys(first.key, second.key) <= 0) {
        out.push(first.image);
        l++;
      } else {
        out.push(second.image);
        r++;
      }
    }
    yield out;
    left = l < left.length ? left.slice(l) : await keyed(a);
    right = r < right.length ? right.slice(r) : await keyed(b);
  }
  for (const rest of [left, right]) if (rest !== null) yield rest.map(({ image }) => image);
  yield* a;
  yield* b;
}

/** The next batch that is not empty, with what its images are ordered by; null at the end. */
async function keyed<T extends Named>(
  images: AsyncGenerator<readonly T[]>,
): Promise<{ readonly key: string; readonly image: T }[] | null> {
  for (;;) {
    const { value, done } = await images.next();
    if (done) return null;
    if (value.length > 0) return value.map((image: T) => ({ key: orderKey(image.uri), image }));
  }
}
