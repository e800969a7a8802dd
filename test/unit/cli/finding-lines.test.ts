/** What a step found, as people read it. */
import { describe, expect, it } from 'vitest';
import { findingLines } from '../../../cli/finding-lines.ts';

describe('what a step found', () => {
  it('is its fields under each other, lists in a line, and what is empty said so', () => {
    const outcome = {
      sha256: 'ab',
      bytes: 81,
      declared: true,
      sheet: null,
      ragged: [],
      ends: ['a', 'b'],
    };

    expect(findingLines('some-step', outcome)).toEqual([
      'some-step',
      '  sha256    ab',
      '  bytes     81',
      '  declared  yes',
      '  sheet     –',
      '  ragged    none',
      '  ends      a, b',
    ]);
  });

  it('has a table for things that are alike, behind what fits into a line', () => {
    const columnProfiles = [
      { name: 'town', type: 'text', nulls: 0, examples: ['Bonn', 'Köln'] },
      { name: 'people', type: 'integer', nulls: 1, examples: ['1'], histogram: [2, 0, 8, 0] },
    ];

    expect(findingLines('table-profile', { columnProfiles, rows: 2 })).toEqual([
      'table-profile',
      '  rows  2',
      '  columnProfiles',
      '    name    type     nulls  examples    histogram',
      '    town    text     0      Bonn, Köln',
      '    people  integer  1      1           │▂ █│',
    ]);
  });

  it('has a text of several lines as lines under its name, and not all of many', () => {
    expect(findingLines('text-stats', { beginning: 'one\r\n\u001btwo\n', lines: 2 })).toEqual([
      'text-stats',
      '  lines  2',
      '  beginning',
      '    one',
      '    \uFFFDtwo',
    ]);
    const many = findingLines('text-stats', { beginning: 'x\n'.repeat(100) });
    expect(many).toHaveLength(43);
    expect(many.at(-1)).toBe('    and 60 more');
  });

  it('names the fields of a field under it', () => {
    expect(findingLines('archive-listing', { dangers: { traversal: 1 }, files: 2 })).toEqual([
      'archive-listing',
      '  files  2',
      '  dangers',
      '    traversal  1',
    ]);
  });

  it('is bounded, however much was found and however deep it is', () => {
    const rows = Array.from({ length: 100 }, (_, at) => ({ at, text: 'x'.repeat(100) }));
    const deep = JSON.parse(`${'{"a":['.repeat(30)}${']}'.repeat(30)}`);
    const lines = findingLines('step', { rows, names: rows.map(({ at }) => `n${at}`), deep });

    expect(lines.length).toBeLessThan(60);
    expect(lines.slice(0, 5)).toEqual([
      'step',
      expect.stringMatching(/^ {2}names {2}n0, .*, n19, and 80 more$/),
      '  rows',
      '    at  text',
      `    0   ${'x'.repeat(39)}…`,
    ]);
    expect(lines).toContain('    and 60 more');
  });

  it('E12: has no control and no invisible mark of a name or a value', () => {
    const hostile = 'a\u001b[31m\u202eb';
    const text = findingLines('s', {
      [hostile]: hostile,
      rows: [{ [hostile]: hostile }],
      inner: { list: [[hostile], { [hostile]: [{ [hostile]: hostile }] }] },
    }).join('\n');

    expect(text).toContain('a\uFFFD[31m\uFFFDb');
    for (const unseen of ['\u001b', '\u202e']) expect(text).not.toContain(unseen);
  });
});
