/** `npx sluice` with words that need no service: what is wrong with them, what it is, and what it is called by. */
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { start } from '../acceptance/front-door/sluice-process.ts';

const STORY_MS = 60_000;
const NOWHERE = { SLUICE_URL: 'http://127.0.0.1:9', SLUICE_TOKEN: 'any' };

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

const sluice = (words: readonly string[]) => start(words, NOWHERE).ended;

describe('a command line', () => {
  const CASES: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['--help'], 0, /^npx sluice <command>/],
    [['upload', '--help'], 0, /^npx sluice upload FILE…/],
    [['--version'], 0, new RegExp(`^${version}\\n$`)],
    [[], 2, /^npx sluice <command>/],
    [['fly'], 2, /^There is no command fly\.\n\nnpx sluice <command>/],
    [['status', 'upl_1', 'upl_2'], 2, /^Give one: the id of an upload\.\n/],
    [['status', 'upl_1', '--download', 'x'], 2, /^Unknown option '--download'\.\n/],
    [['status', 'upl_1', '--url', 'nonsense'], 2, /^--url is not an address/],
    [['upload', '/no/such/file'], 2, /^There is no file \/no\/such\/file\.\n/],
    [['upload', tmpdir()], 2, /is not a file\.\n/],
    [['status', 'upl_1'], 3, /^The service cannot be reached\.\n$/],
    [['--url', 'http://127.0.0.1:8', 'status', 'upl_1'], 3, /^The service cannot be reached\.\n$/],
  ];

  it(
    'that says nothing sensible ends with 2 and a sentence, and help is no mistake',
    async () => {
      const all = await Promise.all(CASES.map(([words]) => sluice(words)));

      for (const [index, { code, out, err }] of all.entries()) {
        const [words, expected, said] = CASES[index] ?? [[], -1, /./];
        expect(code, words.join(' ')).toBe(expected);
        expect(expected === 0 ? out : err, words.join(' ')).toMatch(said);
        expect(expected === 0 ? err : out, words.join(' ')).toBe('');
      }
    },
    STORY_MS,
  );

  it(
    'with --json, before or behind the command, has every mistake as one object in one line',
    async () => {
      const mistakes = [
        [['--json'], 2, 'Say what to do.'],
        [['fly', '--json'], 2, 'There is no command fly.'],
        [['--json', 'status'], 2, 'Say the id of an upload.'],
        [['status', 'a', '--flat', '--json'], 2, "Unknown option '--flat'."],
        [['upload', '/no/such/file', '--json'], 2, 'There is no file /no/such/file.'],
        [['--json', 'explain', 'upl_1'], 3, 'The service cannot be reached.'],
      ] as const;

      const all = await Promise.all(mistakes.map(([words]) => sluice(words)));

      for (const [index, { code, out, err }] of all.entries()) {
        const [words, expected, message] = mistakes[index] ?? [[], -1, ''];
        expect({ words, code, out }).toEqual({ words, code: expected, out: '' });
        expect(err.trimEnd().split('\n'), words.join(' ')).toHaveLength(1);
        expect(JSON.parse(err)).toMatchObject({ error: { message } });
      }
    },
    STORY_MS,
  );
});
