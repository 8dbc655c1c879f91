import { codeOf, messageOf } from '@labelmill/shared/errors';
import { printable } from '@labelmill/shared/printable';

/** What is wrong with one folder, and says nothing of the others. */
const ofOneRun: ReadonlySet<string | undefined> = new Set(['not_a_run', 'broken_run', 'broken_manifest']);

/** A run's view, or why its folder cannot be read: a damaged run must not hide the others. Outages are thrown. */
export async function readable<T>(
  id: string,
  look: () => Promise<T>,
): Promise<{ readonly view: T } | { readonly id: string; readonly message: string }> {
  try {
    return { view: await look() };
  } catch (error) {
    if (!ofOneRun.has(codeOf(error))) throw error;
    return { id, message: printable(messageOf(error)) };
  }
}
