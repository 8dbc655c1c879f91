/**
 * McNemar's test for two classifiers on the same images, in its exact form (Q. McNemar, "Note on the sampling error of
 * the difference between correlated proportions or percentages", Psychometrika 12, 1947, 153–157): were the two equally
 * good, each image that only one of them has right would fall to either with probability ½.
 *
 * @param onlyFirst images that only the first has right; `onlySecond` likewise
 * @returns the two-sided p-value, min(1, 2·P(X ≤ min)) with X binomial of onlyFirst + onlySecond trials at ½
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const trials = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  // As logarithms: ½ to the power of the trials is no double from 1075 trials on.
  let logTerm = -trials * Math.LN2;
  let tail = Math.exp(logTerm);
  for (let k = 1; k <= fewer; k++) {
    logTerm += Math.log((trials - k + 1) / k);
    tail += Math.exp(logTerm);
  }
  return Math.min(1, 2 * tail);
}
