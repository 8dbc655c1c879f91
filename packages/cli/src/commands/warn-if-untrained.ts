import type { Bundle } from '@labelmill/models/bundle-schema';
import type { CommandContext } from './context.ts';

export function warnIfUntrained(bundle: Bundle, { console }: Pick<CommandContext, 'console'>): void {
  if (!bundle.manifest.trained) {
    console.note(`${bundle.name} is UNTRAINED: its weights are random, and so are the labels`);
  }
}
