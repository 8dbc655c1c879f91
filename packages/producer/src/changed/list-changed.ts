/** The listing of a run that is compared with an earlier one: only what has changed is put onto the queue. */
import { crashPoint } from '@labelmill/shared/crash-point';
import { lastStep, type Step, type StepState } from '@labelmill/shared/run/carried-file';
import { originFolder } from '@labelmill/shared/run/carried-records';
import { encodeJson } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import type { Outstanding } from '../outstanding.ts';
import { writeOwn } from '../own-files.ts';
import type { Producing } from '../produce.ts';
import { type ListedBefore, SegmentWriter } from '../segment-writer.ts';
import { Changes } from './changes.ts';
import { orderedImages } from './ordered-images.ts';
import { previousImages } from './previous-images.ts';
import { StepWriter } from './step-writer.ts';

/**
 * Lists the source to its end, from where the last step says an earlier producer came. A step is written before each
 * segment and after every so many carried images, and a segment only from the images that a step holds: it is written once that step is.
 */
export async function listChanged(
  producing: Producing,
  outstanding: Outstanding,
  before: ListedBefore,
  signal: AbortSignal,
): Promise<void> {
  const { info, source, stores, scratch } = producing;
  const { run, folder } = info;
  const last = await lastStep(stores.for(folder), folder);
  const segments = new SegmentWriter(producing, outstanding, before);
  for (const image of waitingIn(last?.step, before)) segments.add(image);
  if (segments.full) await segments.write(signal);

  let state = last?.step.state ?? noState;
  if (!state.ended) {
    const cursor = state.listed === 0 ? null : { images: state.listed, lastUri: state.lastUri };
    const origin = originFolder(run, folder, run.against?.run ?? '');
    const previous = previousImages(stores, origin, scratch);
    const changes = new Changes(previous, cursor === null ? null : state);
    let { listed, lastUri, carried } = state;
    await using steps = new StepWriter((last?.number ?? -1) + 1, async (step, body) => {
      await writeOwn(producing, runFolder.carried(folder, step), body);
      crashPoint('step-written');
    });
    const beginStep = async (ended = false) => {
      const { removed } = changes;
      state = { listed, lastUri, ended, segments: segments.written.segments, carried, removed };
      await steps.begin(state, segments.waiting());
    };
    for await (const image of orderedImages(source, cursor, stores, scratch, signal)) {
      const unchanged = await changes.next(image);
      listed++;
      lastUri = image.uri;
      if (unchanged === null) segments.add(image);
      else {
        steps.carry(unchanged);
        carried++;
      }
      if (segments.full || steps.full) await beginStep();
      if (!segments.full) continue;
      await steps.written();
      await segments.write(signal);
    }
    await changes.end();
    await beginStep(true);
    await steps.written();
  }
  await segments.end(signal);
  const { skipped, duplicates = 0 } = source;
  const { carried: allCarried, removed } = state;
  const end = { ...segments.written, carried: allCarried, removed, skipped, duplicates };
  await writeOwn(producing, runFolder.listed(folder), encodeJson(end));
  crashPoint('listed-written');
}

const noState: StepState = { listed: 0, lastUri: '', ended: false, segments: 0, carried: 0, removed: 0 };

/** Images of the last step for which the segment is still to be written. */
function waitingIn(step: Step | undefined, before: ListedBefore): Step['waiting'] {
  return step !== undefined && step.state.segments === before.segments ? step.waiting : [];
}
