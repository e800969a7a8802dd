import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isMet, type Measured, rowOf } from '../../../bench/harness/bench.ts';
import { benchNamed } from '../../../bench/harness/benches.ts';
import { performancePage } from '../../../bench/harness/performance-page.ts';
import { readResults, regressionsIn } from '../../../bench/harness/results.ts';
import { cellsOf } from '../../../bench/harness/show.ts';

const measured = (overrides: Partial<Measured> = {}): Measured => ({
  case: 'files per second',
  unit: 'files/s',
  better: 'more',
  ours: 300,
  peer: { name: 'peer 1.0', value: 100 },
  ...overrides,
});

describe('a row', () => {
  it('has a ratio above 1 when we are better, whichever way the figure counts', () => {
    expect(rowOf('b', measured()).ratio).toBe(3);
    expect(rowOf('b', measured({ better: 'less', ours: 50 })).ratio).toBe(2);
  });

  it('meets a target of its ratio or of its own figure', () => {
    const ofRatio = (value: number) => rowOf('b', measured({ target: { of: 'ratio', value } }));
    const ofOurs = (value: number) =>
      rowOf('b', measured({ better: 'less', target: { of: 'ours', value } }));
    expect([isMet(ofRatio(3)), isMet(ofRatio(3.1))]).toEqual([true, false]);
    expect([isMet(ofOurs(300)), isMet(ofOurs(299))]).toEqual([true, false]);
    expect(isMet(rowOf('b', measured()))).toBeUndefined();
  });

  it('is shown with three significant figures', () => {
    const row = rowOf('b', measured({ ours: 12_345, target: { of: 'ratio', value: 10 } }));
    expect(cellsOf(row)).toEqual([
      'files per second',
      '12,300 files/s',
      '100 (peer 1.0)',
      '123 ×',
      '≥ 10 ×',
      'met',
    ]);
  });
});

describe('a comparison', () => {
  const before = [rowOf('b', measured())];

  it('tells of a ratio that fell by more than a fifth, not of a smaller fall', () => {
    expect(regressionsIn(before, [rowOf('b', measured({ ours: 241 }))])).toEqual([]);
    expect(regressionsIn(before, [rowOf('b', measured({ ours: 239 }))])).toHaveLength(1);
  });

  it('ignores a slower machine, where the peer is slower too', () => {
    const slower = measured({ ours: 150, peer: { name: 'peer 1.0', value: 50 } });
    expect(regressionsIn(before, [rowOf('b', slower)])).toEqual([]);
  });

  it('compares our own counts and sizes where there is no peer, and no times', () => {
    const alone = (ours: number, unit = 'KB') =>
      rowOf('b', measured({ better: 'less', unit, ours, peer: undefined }));
    expect(regressionsIn([alone(100)], [alone(120)])).toEqual([]);
    expect(regressionsIn([alone(100)], [alone(130)])).toHaveLength(1);
    expect(regressionsIn([alone(100, 'ms')], [alone(130, 'ms')])).toEqual([]);
    expect(regressionsIn([alone(100, 'files/s')], [alone(130, 'files/s')])).toEqual([]);
  });
});

describe('docs/performance.md', () => {
  it('says what the saved results say', async () => {
    const page = await readFile(new URL('../../../docs/performance.md', import.meta.url), 'utf8');
    expect(page).toBe(await performancePage(await readResults()));
  });
});

it('an unknown bench is refused with the names of the known ones', async () => {
  await expect(benchNamed('nothing')).rejects.toThrow(/coordination/);
});
