import { conversionLines, convertToFp16 } from '@labelmill/models/convert-to-fp16';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Progress } from '../terminal/progress.ts';
import type { CommandContext } from './context.ts';

/** `labelmill model convert NAME --precision fp16`: half the size, for GPUs. */
export async function convert(
  name: string,
  options: { precision: 'fp16'; json?: boolean },
  context: CommandContext,
): Promise<void> {
  const { settings, console, stop } = context;
  const bundle = await resolveBundle(name, settings.modelFolders);
  let state = { done: 0, total: 0 };
  using progress = new Progress(console, () => ({
    ...state,
    errors: 0,
    totalIsFinal: true,
    unit: 'numbers',
  }));
  const made = await convertToFp16(
    bundle,
    settings.userModels,
    ({ done, total }) => {
      state = { done, total };
    },
    stop,
  );
  progress[Symbol.dispose]();
  const { digest, folder } = made;
  if (options.json) console.out(JSON.stringify({ name: made.name, digest, folder }));
  else for (const line of conversionLines(bundle, made)) console.out(line);
}
