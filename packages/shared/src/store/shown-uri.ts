/** URIs in messages. Whoever wrote one may have put anything into it. */
import { printable } from '../printable.ts';
import { withoutSecrets } from './secret-in-uri.ts';

const longest = 300;

/** On one line, without secrets and without what a terminal would obey, shortened in the middle if long. */
export function shown(uri: string): string {
  const line = printable(withoutSecrets(uri));
  return line.length <= longest ? line : `${line.slice(0, longest / 2)}…${line.slice(-longest / 2)}`;
}
