import { decodeStep } from '@labelmill/shared/run/carried-file';
import { expect, it } from 'vitest';
import { StepWriter } from './step-writer.ts';

const image = (index: number) => ({
  uri: `s3://bucket/${index}~`,
  version: '1',
  run: '20260101-000000000-first',
  index,
});
const state = { listed: 1, lastUri: '', ended: false, segments: 0, carried: 1, removed: 0 };
const nothing = Buffer.alloc(0);

it('images are carried on while a step is being written, and the next step begins when it is there', async () => {
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  await using steps = new StepWriter(7, async (step, body) => {
    const { carried } = await decodeStep(body, 'step');
    done.push(`create ${step} with ${carried.map(({ index }) => index)}`);
    reached.resolve();
    if (step === 7) await first.promise;
    done.push(`created ${step}`);
  });
  steps.carry(image(0));
  await steps.begin(state, nothing);
  steps.carry(image(1));
  const second = steps.begin(state, nothing);
  await reached.promise;
  first.resolve();
  await second;
  await steps.written();
  expect(done).toEqual(['create 7 with 0', 'created 7', 'create 8 with 1', 'created 8']);
});

it('whoever waits next is told that a step could not be written', async () => {
  await using steps = new StepWriter(0, async () => {
    throw new Error('disk full');
  });
  await steps.begin(state, nothing);
  await expect(steps.written()).rejects.toThrow('disk full');
  await expect(steps.begin(state, nothing)).rejects.toThrow('disk full');
});
