import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileScanner, generatedFor, generatedPath } from '../../local/build-scanner.ts';

/** The compiler takes a few seconds, more where the machine is busy. */
const COMPILE_MS = 120_000;

describe('the compiled table scanner', () => {
  it(
    'is what its sources compile to: npm run build:scanner',
    async () => {
      const generated = generatedFor(await compileScanner());

      // A difference of two base64 texts tells nobody anything.
      expect(generated === readFileSync(generatedPath, 'utf8')).toBe(true);
    },
    COMPILE_MS,
  );
});
