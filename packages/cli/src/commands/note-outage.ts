import type { OutageError } from '@labelmill/shared/errors';
import type { CommandContext } from './context.ts';

/** At most one line in this time: attempts come much faster. */
const noteEveryMs = 30_000;

/** Says that an outage keeps a run waiting, and that nothing needs to be done about it. */
export function noteOutage({ console }: Pick<CommandContext, 'console'>): (error: OutageError) => void {
  let notedAt = Number.NEGATIVE_INFINITY;
  return ({ code, message }) => {
    if (performance.now() - notedAt < noteEveryMs) return;
    notedAt = performance.now();
    console.note(`${message} [${code}]; waiting until it is over`);
  };
}
