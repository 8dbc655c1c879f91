import { inventoryList, inventoryRows } from './inventory-targets.ts';
import { modelTargets } from './model-targets.ts';
import type { ParserTarget } from './parser-target.ts';
import { runTargets } from './run-targets.ts';
import { shard } from './shard-target.ts';

/** Every parser of ours, each in its turn: mutant n goes to target n modulo their number. */
export function parserTargets(folder: string): readonly ParserTarget[] {
  return [...modelTargets(folder), ...runTargets(folder), shard(folder), inventoryList, inventoryRows];
}
