/** Which bundle a user means by a name that may leave the precision open, such as `vgg16`. A run always has one. */
import type { Bundle } from '@labelmill/models/bundle-schema';
import { bundlesOfModel, resolveBundle } from '@labelmill/models/find-bundle';
import { hasVnni } from '@labelmill/models/quantize/cpu-features';
import type { CommandContext } from '../commands/context.ts';

export type ChooseBundle = (
  name: string,
  context: Pick<CommandContext, 'settings' | 'console'>,
) => Promise<Bundle>;

/**
 * For a queue, where producer and workers must mean the same: fp32 before the others, whatever machine this is. Says
 * which it is where there are several.
 *
 * @throws UsageError as `resolveBundle` does
 */
export const bundleForQueue: ChooseBundle = async (name, { settings, console }) => {
  const bundle = await resolveBundle(name, settings.modelFolders);
  const others = await othersOf(bundle, name, settings.modelFolders);
  if (others.length > 0) {
    const names = others.map((other) => `--model ${other.name}`).join(' or ');
    console.note(`${name} is ${bundle.name} here; ${names} names another`);
  }
  return bundle;
};

/**
 * For a CPU: where it has VNNI, the int8 bundle that was made of the fp32 one. Says so.
 *
 * @param cpuinfo the text of Linux's /proc/cpuinfo.
 * @throws UsageError as `resolveBundle` does
 */
export function bundleForCpu(cpuinfo: string): ChooseBundle {
  return async (name, { settings, console }) => {
    const bundle = await resolveBundle(name, settings.modelFolders);
    if (!hasVnni(cpuinfo)) return bundle;
    const others = await othersOf(bundle, name, settings.modelFolders);
    for (const int8 of others) {
      const { quantization } = int8.manifest;
      if (quantization?.from.digest !== bundle.digest) continue;
      const { agreement, imagesPerSecond } = quantization;
      const speed = (imagesPerSecond.int8 / imagesPerSecond.fp32).toFixed(1);
      const same = (100 * agreement.top1).toFixed(1);
      console.note(
        `${int8.name} labels (when it was made: ${speed} times as fast as ${bundle.name}, the same best label for ${same} % of images); --model ${bundle.name} asks for float32`,
      );
      return int8;
    }
    return bundle;
  };
}

/** The bundles that the name could mean as well; none where it is a bundle's own name or a path. */
async function othersOf(bundle: Bundle, name: string, folders: readonly string[]): Promise<Bundle[]> {
  if (name !== bundle.manifest.model) return [];
  return (await bundlesOfModel(name, folders)).filter((other) => other.name !== bundle.name);
}
