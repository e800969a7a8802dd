import { describe, expect, it } from 'vitest';
import { expressionsOf } from './expressions.ts';
import { readVerdicts } from './verdicts.ts';

/** Put together from parts, and looked at there. */
const ASSEMBLING: Readonly<Record<string, string>> = {
  'shared/adapters/memory/memory-garbage.ts':
    'The same format as in Redis; for the simulator alone.',
  'shared/adapters/redis/packed-json.ts': 'Fixed phrases, one beside the other.',
  'shared/adapters/sessions/external-token.ts':
    'One class of characters, at most 128 of them, behind a fixed name.',
  'shared/contracts/http.ts': 'One class of characters, at most 128 of them, behind a fixed name.',
  'shared/domain/field-value.ts': 'Digits in fixed numbers; only fractions vary, up to nine.',
  'shared/domain/pattern.ts':
    'The parts of a class of characters; what a caller writes is given to RE2.',
};

const { written, assembling } = expressionsOf();

describe('E14: every regular expression', () => {
  it('is known to be linear, or what bounds its input is known: npm run redos asks', () => {
    const verdicts = readVerdicts();
    const texts = [...written.keys()];

    expect(texts.length).toBeGreaterThan(100);
    expect(texts.filter((text) => verdicts[text] === undefined)).toEqual([]);
  });

  it('that is put together stands where its parts were looked at', () => {
    expect(assembling).toEqual(Object.keys(ASSEMBLING));
  });
});
