/** The 97.5 % point of the normal distribution: 95 % lie within ± this. */
const z = 1.959963984540054;

/** A count among trials, and where the true share lies with 95 % confidence. */
export interface Proportion {
  readonly count: number;
  readonly of: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's score interval without continuity correction (E. B. Wilson, "Probable inference, the law of succession, and
 * statistical inference", J. Am. Stat. Assoc. 22, 1927, 209–212), which stays within 0…1 and holds near both ends.
 *
 * @param of at least 1
 */
export function proportion(count: number, of: number): Proportion {
  const share = count / of;
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z / (2 * of)) ** 2);
  const centre = share + z ** 2 / (2 * of);
  const scale = 1 + z ** 2 / of;
  const low = count === 0 ? 0 : (centre - spread) / scale;
  const high = count === of ? 1 : (centre + spread) / scale;
  return { count, of, share, low, high };
}
