import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineWatch } from './engine-watch.ts';

const inside = (...ids: number[]) => new Map(ids.map((id) => [id, null]));

let ended: string[];
let watch: EngineWatch;

beforeEach(() => {
  vi.useFakeTimers();
  ended = [];
  const bounds = { silenceMs: 1000, memoryBytes: Number.MAX_SAFE_INTEGER };
  watch = new EngineWatch(process.pid, bounds, (reason) => ended.push(reason));
});
afterEach(() => {
  watch[Symbol.dispose]();
  vi.useRealTimers();
});

describe('the watch of an engine', () => {
  it('ends one whose oldest image does not come out, whatever else does', () => {
    watch.heard(inside(3, 4, 5));
    vi.advanceTimersByTime(600);
    watch.heard(inside(3, 5));
    vi.advanceTimersByTime(600);
    expect(ended).toEqual([expect.stringContaining('said nothing for 1 s')]);
  });

  it('lets one be whose images come out in time, and one that holds none', () => {
    watch.heard(inside(3, 4));
    vi.advanceTimersByTime(600);
    watch.heard(inside(4));
    vi.advanceTimersByTime(600);
    watch.heard(inside());
    vi.advanceTimersByTime(600_000);
    expect(ended).toEqual([]);
  });
});
