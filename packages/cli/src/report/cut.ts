/** Of names, labels and messages. */
export const longestText = 60;

/** Text of strangers at a bounded length: without the bound a report could have any size. */
export function cut(text: string, longest = longestText): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
