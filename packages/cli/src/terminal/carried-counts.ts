/** `, 495 carried, 1 removed`; nothing of a run that was compared with no other. */
export function carriedCounts({
  carried,
  removed,
}: {
  carried?: number | undefined;
  removed?: number | undefined;
}): string {
  return `${carried ? `, ${carried} carried` : ''}${removed ? `, ${removed} removed` : ''}`;
}
