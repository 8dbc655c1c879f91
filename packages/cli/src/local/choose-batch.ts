import type { Bundle } from '@labelmill/models/bundle-schema';
import type { Logger } from '@labelmill/shared/logging';
import { cpuBatchSizes } from '@labelmill/worker/engine/engine-size';
import type { Provider } from '@labelmill/worker/engine/protocol';
import type { CommandContext } from '../commands/context.ts';
import { rememberBatch, rememberedBatch } from './remembered-batch.ts';

export interface BatchChoice {
  /** As set or as remembered; null for the engine's own. */
  readonly size: number | null;
  /** Sizes to try while labelling; empty where the size is settled. */
  readonly trySizes: readonly number[];
  readonly onBatch: (batch: number) => void;
}

/** The batch size for an engine here: `LABELMILL_BATCH`, else what was found here before, else to be found. */
export async function chooseBatch(
  bundle: Bundle,
  provider: Provider,
  { settings, cores, cpu }: Pick<CommandContext, 'settings' | 'cores' | 'cpu'>,
  log: Logger,
): Promise<BatchChoice> {
  const { batch, batchFolder } = settings;
  const found = { bundle: bundle.digest, provider, cpu, cores };
  const size = batch ?? (await rememberedBatch(batchFolder, found));
  // On CUDA every size is a graph of its own: it is fixed for an engine's life.
  const trySizes =
    size === null && provider === 'cpu' ? cpuBatchSizes(bundle.manifest.preprocessing.crop) : [];
  const onBatch = (best: number) => {
    log.info({ batch: best }, 'batch size found');
    void rememberBatch(batchFolder, found, best).then((kept) => {
      if (!kept) log.info({ folder: batchFolder }, 'the batch size cannot be kept');
    });
  };
  return { size, trySizes, onBatch };
}
