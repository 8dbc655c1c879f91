/** What a parser's fuzzing needs to know of it. */
import { LabelmillError } from '@labelmill/shared/errors';
import { type ByteMutator, byteMutators } from '../mutate-bytes.ts';
import { textMutators } from '../mutate-text.ts';
import type { Random } from '../random.ts';

export interface ParserTarget {
  readonly name: string;
  /** Real ones. */
  readonly seeds: readonly Uint8Array[];
  /** Share of the damage that knows text. */
  readonly textShare: number;
  /**
   * Hands the bytes to the parser, and says how a valid result is called. Throws what the parser throws, and
   * `PropertyError` where its result is not what it must be.
   */
  run(bytes: Uint8Array): Promise<string>;
}

/** A parser said yes to what it must not, or gave what it must not. */
export class PropertyError extends Error {}

export interface Outcome {
  /** `ok`, the name of a valid result, or a refusal's code. */
  readonly outcome: string;
  /** What is wrong, or null. */
  readonly violation: string | null;
}

/** One in four is a seed as it is: some seeds are what must be refused. */
export function mutantOf({ seeds, textShare }: ParserTarget, random: Random): Uint8Array {
  let bytes: Uint8Array = random.pick(seeds);
  const other = random.pick(seeds);
  for (let left = random.below(4); left > 0; left--) {
    const mutators: Readonly<Record<string, ByteMutator>> = random.chance(textShare)
      ? textMutators
      : byteMutators;
    bytes = random.pick(Object.values(mutators))(bytes, random, other);
  }
  return bytes;
}

/** One mutant's end: a valid result or a refusal with a code; everything else is a violation. */
export async function outcomeOf(target: ParserTarget, bytes: Uint8Array): Promise<Outcome> {
  try {
    const outcome = await target.run(bytes);
    return { outcome, violation: 'polluted' in {} ? 'Object.prototype is polluted' : null };
  } catch (error) {
    if (error instanceof LabelmillError && /^[a-z0-9_]+$/.test(error.code)) {
      return { outcome: error.code, violation: null };
    }
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { outcome: 'VIOLATION', violation: what.split('\n').slice(0, 4).join(' ') };
  }
}
