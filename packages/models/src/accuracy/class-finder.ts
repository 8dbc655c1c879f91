/** From what a folder or a table calls a class to the model's class. */
import { UsageError } from '@labelmill/shared/errors';
import type { BundleManifest } from '../bundle-schema.ts';

/** The class's index, or undefined where the model has no such class. */
export type ClassFinder = (name: string) => number | undefined;

/**
 * Finds classes by their id (`n01443537`), else by their label without regard to case, `_` being a space.
 *
 * The finder throws UsageError `ambiguous_class` for a label that several classes bear (ImageNet has two cranes).
 */
export function classFinder(classes: BundleManifest['classes']): ClassFinder {
  const byId = new Map(classes.map(({ id }, index) => [id, index]));
  const byLabel = new Map<string, number[]>();
  for (const [index, { label }] of classes.entries()) {
    const key = folded(label);
    byLabel.set(key, [...(byLabel.get(key) ?? []), index]);
  }
  return (name) => {
    const known = byId.get(name);
    if (known !== undefined) return known;
    const [index, ...others] = byLabel.get(folded(name)) ?? [];
    if (index !== undefined && others.length > 0) {
      const ids = [index, ...others].map((each) => classes[each]?.id).join(' and ');
      throw new UsageError(
        'ambiguous_class',
        `${JSON.stringify(name)} is the label of ${ids}: name the class by its id`,
      );
    }
    return index;
  };
}

function folded(label: string): string {
  return label.replaceAll('_', ' ').trim().toLowerCase();
}
