import { beforeEach, describe, expect, it } from 'vitest';
import { Entrance, type Waiting } from './entrance.ts';

let entrance: Entrance;
/** Ids in the order in which they went in; each array went in together. */
let entered: number[][];

const send = (images: readonly Waiting[]) => entered.push(images.map(({ request }) => request.id));
const image = (id: number): Waiting => ({
  request: { id, uri: `s3://b/${id}` },
  settle: () => {},
  endedAlone: 0,
});
const leave = (...ids: number[]) => {
  for (const id of ids) entrance.leave(id);
  entrance.next();
};
const die = () => {
  const culprit = entrance.died();
  entrance.open(send);
  return culprit?.request.id ?? null;
};

beforeEach(() => {
  entered = [];
  entrance = new Entrance();
  entrance.open(send);
});

describe('the entrance of the engine', () => {
  it('lets everyone in together', () => {
    entrance.add([image(1), image(2)]);
    entrance.add([image(3)]);
    expect(entered).toEqual([[1, 2], [3]]);
    expect(entrance.inside.size).toBe(3);
  });

  it('after a death sends in each that was inside alone, and the others when all of them are through', () => {
    entrance.add([image(1), image(2), image(3)]);
    leave(2);
    expect(die()).toBeNull();
    entrance.add([image(4), image(5)]);
    leave(1);
    leave(3);
    expect(entered).toEqual([[1, 2, 3], [1], [3], [4, 5]]);
  });

  it('finds out the image that ends two engines in a row alone: the second has nothing else first', () => {
    entrance.add([image(1), image(2), image(3)]);
    expect(die()).toBeNull();
    leave(1);
    expect(die()).toBeNull();
    expect(die()).toBe(2);
    leave(3);
    expect(entered).toEqual([[1, 2, 3], [1], [2], [2], [3]]);
  });

  it('blames no image for a death beside others and one alone: another cause may have ended both', () => {
    entrance.add([image(1), image(2)]);
    expect(die()).toBeNull();
    expect(die()).toBeNull();
    leave(1);
    expect(die()).toBeNull();
    leave(2);
    entrance.add([image(3)]);
    expect(entered).toEqual([[1, 2], [1], [1], [2], [2], [3]]);
  });

  it('counts no death of an engine that took images together, even if one was the last of them inside', () => {
    entrance.add([image(1), image(2)]);
    leave(2);
    expect(die()).toBeNull();
    expect(die()).toBeNull();
    expect(die()).toBe(1);
    expect(entered).toEqual([[1, 2], [1], [1]]);
  });

  it('finds out each of several, and ends for all that end an engine every time', () => {
    entrance.add([image(1), image(2)]);
    expect([die(), die(), die(), die(), die()]).toEqual([null, null, 1, null, 2]);
    entrance.add([image(3)]);
    expect(entered).toEqual([[1, 2], [1], [1], [2], [2], [3]]);
  });

  it('blames nobody for an engine that is lost for other reasons', () => {
    entrance.add([image(1), image(2)]);
    entrance.lost();
    entrance.open(send);
    expect(entered).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(die()).toBeNull();
  });

  it('gives the engine to one caller alone, empty, and lets nobody in until it is done', async () => {
    entrance.add([image(1)]);
    const work = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const done = entrance.alone(() => {
      entrance.addSuspect(image(2));
      began.resolve();
      return work.promise;
    });
    entrance.add([image(3)]);
    expect(entered).toEqual([[1]]);
    leave(1);
    await began.promise;
    expect(entered).toEqual([[1], [2]]);
    leave(2);
    expect(entered).toEqual([[1], [2]]);
    entrance.addSuspect(image(4));
    leave(4);
    expect(entered).toEqual([[1], [2], [4]]);
    work.resolve();
    await done;
    expect(entered).toEqual([[1], [2], [4], [3]]);
  });

  it('lets callers have it one after the other, whatever becomes of their work', async () => {
    const order: string[] = [];
    const first = entrance.alone(async () => {
      order.push('first');
      throw new Error('no');
    });
    const second = entrance.alone(async () => void order.push('second'));
    await expect(first).rejects.toThrow('no');
    await second;
    expect(order).toEqual(['first', 'second']);
  });

  it('gives back everyone who waits when there will be no engine any more', async () => {
    entrance.add([image(1), image(2)]);
    expect(entrance.died()).toBeNull();
    entrance.add([image(3)]);
    const waiting = entrance.alone(async () => 'went on');
    expect(entrance.abandon().map(({ request }) => request.id)).toEqual([1, 2, 3]);
    expect(await waiting).toBe('went on');
  });
});
