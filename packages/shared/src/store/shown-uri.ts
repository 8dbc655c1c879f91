/** URIs in messages. Whoever wrote one may have put anything into it. */

const longest = 300;

/** On one line, without control characters that a terminal would obey, shortened in the middle if long. */
export function shown(uri: string): string {
  const line = uri.replaceAll(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return line.length <= longest ? line : `${line.slice(0, longest / 2)}…${line.slice(-longest / 2)}`;
}
