/**
 * Text from strangers (URIs, labels, error messages) on a terminal or in a log: what a terminal would obey (escape
 * sequences, line ends) or what shows text in another order than it has (bidirectional controls, as in CVE-2021-42574)
 * is written as `\u001b`. That is also its escape in JSON, so a line of JSON stays one.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
