/** A run on this machine as the user sees it: its progress, what interrupts it, what came of it. */
import { exitStatus } from '@labelmill/shared/errors';
import { createLogger } from '@labelmill/shared/logging';
import { chooseBatch } from '../local/choose-batch.ts';
import { fileRootsFor } from '../local/file-roots.ts';
import {
  type LocalProgress,
  type LocalRequest,
  type LocalResult,
  labelLocally,
} from '../local/label-locally.ts';
import { localResult } from '../terminal/local-result.ts';
import { Progress } from '../terminal/progress.ts';
import type { CommandContext } from './context.ts';
import { noteOutage } from './note-outage.ts';
import { warnIfUntrained } from './warn-if-untrained.ts';

export interface LocalRun
  extends Pick<LocalRequest, 'bundle' | 'source' | 'start' | 'features' | 'provider' | 'maxErrorRate'> {
  readonly json: boolean;
}

/** @returns null where it was interrupted */
export async function runLocally(run: LocalRun, context: CommandContext): Promise<LocalResult | null> {
  const { settings, console, stop } = context;
  warnIfUntrained(run.bundle, context);
  const log = createLogger({ name: 'label', level: settings.logLevel ?? 'silent' });
  const batch = await chooseBatch(run.bundle, run.provider, context, log);
  let state: (() => LocalProgress) | null = null;
  using _progress = new Progress(
    console,
    () => state?.() ?? { done: 0, errors: 0, total: 0, totalIsFinal: false },
    () => state?.().details ?? { errors: {}, limit: null, labels: new Map() },
  );
  try {
    const result = await labelLocally(
      {
        ...run,
        stores: { ...settings.stores, fileRoots: fileRootsFor(run.source.spec, settings.stores.fileRoots) },
        limits: settings.limits,
        bounds: settings.engineBounds,
        imageMemoryBytes: settings.imageMemoryBytes,
        cores: context.cores,
        runtimeFolder: settings.runtimeFolder,
        scratch: settings.spoolFolder,
        env: context.env,
        batch,
        log,
        onOutage: noteOutage(context),
      },
      (now) => {
        state = now;
      },
      stop,
    );
    _progress[Symbol.dispose]();
    for (const line of localResult(result, run)) console.out(line);
    context.exit(result.summary.error > 0 ? exitStatus.completeWithErrors : exitStatus.complete);
    return result;
  } catch (error) {
    if (!stop.aborted) throw error;
    const now = (state as (() => LocalProgress) | null)?.();
    _progress[Symbol.dispose]();
    console.note(
      now === undefined
        ? 'interrupted'
        : `interrupted at ${now.done} of ${now.total} images; the same command goes on`,
    );
    context.exit(exitStatus.interrupted);
    return null;
  }
}
