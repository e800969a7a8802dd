import { describe, expect, it } from 'vitest';
import { readConfig } from '../../shared/config.ts';

const SECRET = 'hunter2-secret-value';

const WHOLE = {
  STAGE: 'dev',
  TABLE_NAME: 'sluice-dev',
  UPLOADS_BUCKET: 'uploads',
  LIGHT_QUEUE_URL: 'http://127.0.0.1:4567/000000000000/light',
  REDIS_URL: 'redis://127.0.0.1:6390',
  STATIC_SESSION_SHA256: 'a'.repeat(64),
} as const;

describe('readConfig', () => {
  it('gives the named variables, and no other', () => {
    expect(readConfig(['STAGE', 'TABLE_NAME'], WHOLE)).toEqual({
      STAGE: 'dev',
      TABLE_NAME: 'sluice-dev',
    });
  });

  it('gives what cannot be changed', () => {
    expect(Object.isFrozen(readConfig(['STAGE'], WHOLE))).toBe(true);
  });

  it('names every variable that is missing, in one sentence', () => {
    const read = () => readConfig(['STAGE', 'TABLE_NAME', 'REDIS_URL'], { STAGE: 'dev' });

    expect(read).toThrow('Set these environment variables properly: TABLE_NAME, REDIS_URL.');
  });

  it.each([
    ['LIGHT_QUEUE_URL', SECRET],
    ['REDIS_URL', SECRET],
    ['STATIC_SESSION_SHA256', SECRET],
    ['STATIC_SESSION_SHA256', 'A'.repeat(64)],
    ['LOG_LEVEL', SECRET],
    ['MAX_RECEIVE_COUNT', SECRET],
    ['MAX_RECEIVE_COUNT', '1'],
    ['MAX_RECEIVE_COUNT', '2.5'],
    ['TABLE_NAME', ''],
    ['TYPE_POLICY', SECRET],
    ['MAX_FILE_BYTES', SECRET],
    ['MAX_FILE_BYTES', '0'],
    ['MAX_FILE_BYTES', String(5 * 1024 ** 4 + 1)],
  ] as const)('names %s when it is malformed, and never shows its value', (name, value) => {
    const read = () => readConfig([name], { ...WHOLE, [name]: value });

    expect(read).toThrow(`Set these environment variables properly: ${name}.`);
    expect(read).not.toThrow(SECRET);
  });

  it('has defaults for what a deployment need not say', () => {
    expect(readConfig(['LOG_LEVEL', 'MAX_RECEIVE_COUNT', 'MAX_FILE_BYTES'], {})).toEqual({
      LOG_LEVEL: 'info',
      MAX_RECEIVE_COUNT: 5,
      MAX_FILE_BYTES: 5 * 1024 ** 4,
    });
  });

  it('takes an empty session for nobody, but not a missing one', () => {
    expect(readConfig(['STATIC_SESSION_SHA256'], { STATIC_SESSION_SHA256: '' })).toEqual({
      STATIC_SESSION_SHA256: '',
    });
    expect(() => readConfig(['STATIC_SESSION_SHA256'], {})).toThrow('STATIC_SESSION_SHA256');
  });

  it('E21: lets no word of the environment into its error', () => {
    const environment = Object.fromEntries(Object.keys(WHOLE).map((name) => [name, '']));

    const read = () => readConfig(['STAGE', 'REDIS_URL'], { ...environment, REDIS_URL: SECRET });

    expect(read).toThrow(/^Set these environment variables properly: STAGE, REDIS_URL\.$/);
  });
});
