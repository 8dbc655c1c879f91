import { describe, expect, it } from 'vitest';
import type { WrittenReport } from '../../bench/report.ts';
import { mergedReport, placeOf } from '../../bench/results.ts';
import { vectorsOf } from '../../bench/this-machine.ts';

const machine = { cpu: 'some', cores: 2, node: 'v24' };

function report(figures: Record<string, number>, changed: Partial<WrittenReport> = {}): WrittenReport {
  const names = Object.keys(figures);
  return {
    title: 'Speed',
    command: 'bench',
    about: '',
    columns: ['model', 'images/s'],
    rows: names.map((name) => [name, String(figures[name])]),
    checks: names.map((what) => ({ what, figure: figures[what]!, bar: 1 })),
    data: names.map((name) => ({ name, rate: figures[name] })),
    machine,
    measured: '2026-11-24',
    ...changed,
  };
}

describe('results that are kept', () => {
  it('keep the rows that a bench did not measure again, and take those that it did', () => {
    const merged = mergedReport(report({ int8: 20, fp32: 5 }), report({ fp32: 6, bf16: 9 }));
    expect(merged.rows).toEqual([
      ['int8', '20'],
      ['fp32', '6'],
      ['bf16', '9'],
    ]);
    expect(merged.checks.map(({ what, figure }) => [what, figure])).toEqual([
      ['int8', 20],
      ['fp32', 6],
      ['bf16', 9],
    ]);
    expect(merged.data).toEqual([
      { name: 'int8', rate: 20 },
      { name: 'fp32', rate: 6 },
      { name: 'bf16', rate: 9 },
    ]);
  });

  it('are those of one machine: another one starts anew', () => {
    const fresh = report({ fp32: 6 }, { machine: { ...machine, cores: 64 } });
    expect(mergedReport(report({ int8: 20, fp32: 5 }), fresh)).toEqual(fresh);
  });

  it('start anew where the columns or the rows are of another form', () => {
    const kept = report({ int8: 20, fp32: 5 });
    const otherColumns = report({ fp32: 6 }, { columns: ['model', 'rows/s'] });
    expect(mergedReport(kept, otherColumns)).toEqual(otherColumns);
    const unnamed = report({ fp32: 6 }, { data: { all: 1 } });
    expect(mergedReport(kept, unnamed)).toEqual(unnamed);
  });

  it('of some rows go beside those of other machines, and a whole goes in their place', () => {
    const other = { machine: { ...machine, cpu: 'another' } };
    const kept = [report({ int8: 20 }), report({ int8: 11 }, other)];
    expect(placeOf(kept, report({ fp32: 6 }))).toBe(0);
    expect(placeOf(kept, report({ fp32: 6 }, other))).toBe(1);
    expect(placeOf(kept, report({ fp32: 6 }, { machine: { ...machine, cpu: 'a third' } }))).toBe(2);
    expect(placeOf(kept, report({ fp32: 6 }, { machine: { ...machine, cpu: 'a third' }, data: {} }))).toBe(0);
  });
});

it.each([
  ['flags : fpu avx2 avx512f avx512_vnni avx512_bf16', 'AVX-512 with VNNI and BF16'],
  ['flags : fpu avx avx2 fma', 'AVX2'],
  ['flags : fpu avx2 avx_vnni', 'AVX2 with VNNI'],
  ['Features : fp asimd', null],
])('the vectors of a processor with "%s" are %s', (cpuinfo, vectors) => {
  expect(vectorsOf(cpuinfo)).toBe(vectors);
});
