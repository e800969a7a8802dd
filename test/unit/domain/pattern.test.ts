import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { MAX_PATTERN_LENGTH, patternProblem } from '../../../shared/domain/pattern.ts';

describe('patternProblem', () => {
  it.each([
    ['nothing', ''],
    ['a product number', String.raw`[A-Z]{2}-\d{4,6}`],
    ['groups and choices', '(?:red|green|(blue))?'],
    ['a choice of nothing', 'a|'],
    ['what others choke on, because it is worked in linear time', '(a+)+b'],
    ['kinds of characters', String.raw`\p{Lu}\pL*[\p{Nd}_-]+\P{Zs}`],
    ['escaped punctuation', String.raw`\[\]\(\)\.\*\+\?\|\\\/\-\^\$\{\}`],
    ['lazy repetitions', 'a+?b*?c??d{2,}?'],
    ['edges', '^a$'],
    ['a dash at the edge of a class', '[-a][a-][^-]'],
    ['letters beyond ASCII', '[ä-ü]+ß'],
    ['characters beyond the basic plane', '[😀-😎]😀{2}'],
  ])('takes %s', (_what, pattern) => {
    expect(patternProblem(pattern)).toBeUndefined();
  });

  it.each([
    ['looks ahead', '(?=a)'],
    ['looks ahead for what must not be', '(?!a)'],
    ['looks behind', '(?<=a)'],
    ['looks behind for what must not be', '(?<!a)'],
    ['refers back', String.raw`(a)\1`],
    ['names a group', '(?<name>a)'],
    ['sets a flag', '(?i)a'],
    ['escapes a letter without a meaning', String.raw`\q`],
    ['ends in a backslash', '\\'],
    ['repeats nothing', '*a'],
    ['repeats a repetition', 'a**'],
    ['is possessive', 'a++'],
    ['repeats an edge', '^*'],
    ['repeats a choice of nothing', 'a|*'],
    ['opens a group only', '(a'],
    ['closes a group only', 'a)'],
    ['opens a class only', '[a'],
    ['closes a class only', 'a]'],
    ['has an empty class', '[]'],
    ['has a class in a class', '[[:alpha:]]'],
    ['has a range the wrong way', '[z-a]'],
    ['has a range from a kind', String.raw`[\d-z]`],
    ['has a repetition the wrong way', 'a{3,2}'],
    ['has a brace that repeats nothing', 'a{'],
    ['names no kind of characters', String.raw`\p{Ly}`],
    ['names no kind of characters in a class', String.raw`[\p{Ly}]`],
    ['names a script', String.raw`\p{Greek}`],
    ['is too long', 'a'.repeat(MAX_PATTERN_LENGTH + 1)],
    ['repeats within repetitions', '((a{10}){10}){11}'],
    ['repeats often', '(?:a{500}){3}'],
  ])('refuses a pattern that %s', (_what, pattern) => {
    expect(patternProblem(pattern)).toBeTypeOf('string');
  });

  it('takes no pattern that the engine refuses', () => {
    const piece = fc.constantFrom(
      ...['a', 'z', '0', '-', '^', '$', '.', '|', '(', '(?:', ')', '[', '[^', ']', '*', '+', '?'],
      ...['{2}', '{1,3}', '{2,}', '{9,1}', '\\d', '\\W', '\\.', '\\]', '\\p{L}', '\\p{Lx}', '\\b'],
      ...['\\1', 'é', '😀', ' ', ',', '{', '}', ':', '=', '<', '!'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const pattern = pieces.join('');
        fc.pre(patternProblem(pattern) === undefined);
        expect(() => RE2JS.compile(pattern)).not.toThrow();
      }),
      { numRuns: 5_000 },
    );
  });
});
