/** HTML text whose holes are escaped, so that no file name or label becomes markup. */
import { printable } from '@labelmill/shared/printable';

/** Text that is HTML already; only `html` makes it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Hole = string | number | Html | readonly Html[];

/** Holes are escaped for text and for quoted attributes; controls and what turns text around are shown as `\u202e`. */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Html {
  return new Html(
    parts.map((part, place) => part + (place < holes.length ? fill(holes[place]!) : '')).join(''),
  );
}

export const nothing = html``;

function fill(hole: Hole): string {
  if (hole instanceof Html) return hole.text;
  if (typeof hole === 'object') return hole.map(({ text }) => text).join('');
  return escaped(String(hole));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
