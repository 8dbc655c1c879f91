/** One delivery of a chunk: it goes its way (`process-chunk.ts`), and how that ended is told to everyone who keeps account. */
import { codeOf, LabelmillError, messageOf, type OutageError } from '@labelmill/shared/errors';
import type { SuspectNotes } from '@labelmill/shared/ledger/suspect-notes';
import type { Logger } from '@labelmill/shared/logging';
import type { ChunkJob } from '@labelmill/shared/schema/chunk-job';
import type { StartChunkSpan } from '../tracing/chunk-span.ts';
import { failChunk } from './fail-chunk.ts';
import type { ImageLabeller } from './image-labeller.ts';
import { labelSuspects } from './label-suspects.ts';
import { outageOf } from './outage-of.ts';
import { type ChunkContext, processChunk } from './process-chunk.ts';
import type { StageAccount } from './stage-account.ts';
import type { ChunkEnd, WorkTally } from './work-tally.ts';

/** What the queue knows of a delivery. */
export interface Delivery {
  /** An earlier delivery of this job began. */
  readonly redelivered: boolean;
  /** How often the chunk stalled: its worker ended, or could not renew its lock. */
  readonly stalls: number;
  /** No attempt is left after this one. */
  readonly isLast: boolean;
  /** Aborted when the chunk's lock is lost. */
  readonly lost: AbortSignal | undefined;
}

export interface DeliveryTools extends Pick<ChunkContext, 'ledger' | 'stores' | 'bundle' | 'hasFeatures'> {
  readonly engine: ImageLabeller;
  readonly notes: SuspectNotes;
  readonly stages: StageAccount;
  readonly tally: WorkTally;
  readonly startSpan: StartChunkSpan;
  readonly log: Logger;
  /** Aborted with a `DrainError` when the worker waits no longer for what is in work. */
  readonly draining: AbortSignal;
}

/** Why a drain aborts what is in work. */
export class DrainError extends LabelmillError {}

/** A chunk may stall because its worker was killed for other reasons; twice is a sign that it kills workers. */
const suspectAfterStalls = 2;

/**
 * @returns how the hold on the chunk ended; what is neither `done` nor `failed` goes back without spending an attempt
 * @throws what failed by no rule, while attempts are left, or whatever came of a chunk whose lock was lost
 */
export async function deliverChunk(
  chunk: ChunkJob,
  delivery: Delivery,
  tools: DeliveryTools,
): Promise<ChunkEnd> {
  const { run, seq, generation, rest } = chunk;
  const { lost } = delivery;
  const log = tools.log.child({ run, chunk: seq });
  const signal = AbortSignal.any([tools.draining, ...(lost === undefined ? [] : [lost])]);
  const span = tools.startSpan({ run, seq, generation, images: rest.length });
  const context: ChunkContext = { ...tools, log, span, label: labelOf(run, delivery, tools, log) };
  let end: ChunkEnd = 'failed';
  let why: string | null = null;
  tools.stages.begin(run);
  try {
    const outcome = await processChunk(chunk, delivery.redelivered, context, signal);
    end = outcome.done ? 'done' : outcome.reason;
    if (outcome.done) log.info('chunk done');
    else {
      why = outcome.message;
      log.info({ reason: outcome.reason }, why);
    }
  } catch (error) {
    why = messageOf(error);
    if (error instanceof DrainError) {
      end = 'draining';
      log.info('handed back: draining');
    } else if (lost?.aborted) {
      end = 'lock_lost';
      // Nothing may be said of this chunk any more, least of all that it failed for good.
      log.warn('lock lost: another worker may have this chunk');
      throw error;
    } else {
      const outage = outageOf(error) ?? (await failed(error, chunk, delivery, context));
      if (outage !== null) {
        end = 'outage';
        log.warn({ code: outage.code }, outage.message);
      }
    }
  } finally {
    tools.tally.chunk(end);
    span.end(end, why);
    tools.stages.end(end === 'done' ? run : null);
  }
  return end;
}

/** How the chunk's images are labelled: among all others, or, where the chunk keeps stalling, one at a time. */
function labelOf(
  run: string,
  { stalls }: Delivery,
  { engine, notes, stages }: DeliveryTools,
  log: Logger,
): ChunkContext['label'] {
  if (stalls < suspectAfterStalls) {
    return (images, wanted, signal) =>
      stages.labelling(() =>
        engine.label(
          images.map(({ uri }) => uri),
          wanted,
          signal,
        ),
      );
  }
  log.warn({ stalls }, 'chunk keeps stalling: one image at a time goes in');
  return (images, wanted, signal) =>
    stages.labelling(() => labelSuspects(run, images, wanted, { engine, notes }, signal));
}

/**
 * A chunk failed for a reason that no rule covers: it is tried again, and at last becomes error records.
 * @returns the outage that kept it from becoming them, or null where it did
 * @throws the error itself while attempts are left
 */
async function failed(
  error: unknown,
  chunk: ChunkJob,
  { isLast }: Delivery,
  context: ChunkContext,
): Promise<OutageError | null> {
  context.log.error({ err: error, code: codeOf(error) }, 'chunk failed');
  if (!isLast) throw error;
  try {
    await failChunk(chunk, messageOf(error), context);
    return null;
  } catch (again) {
    const outage = outageOf(again);
    if (outage === null) throw again;
    return outage;
  }
}
