import { describe, expect, it } from 'vitest';
import {
  asFailure,
  ERROR_CODES,
  FAILURE_CODES,
  NonRetryableError,
  RequestError,
  RetryableError,
  sentenceOf,
} from '../../../shared/domain/errors.ts';

describe('the list of errors', () => {
  it.each(ERROR_CODES)('has one sentence for people for %s', (code) => {
    expect(sentenceOf(code)).toMatch(/^[A-Z][^.]+\.( [A-Z][^.]+\.)?$/);
  });

  it('lets no refusal of a request stand in an upload', () => {
    expect(FAILURE_CODES).not.toContain('unauthenticated');
    expect(FAILURE_CODES).not.toContain('not_found');
  });
});

describe('an error of ours', () => {
  it('says its sentence, the detail behind it, and its cause', () => {
    const cause = new Error('EPIPE');

    const error = new RetryableError('storage_unavailable', { detail: 'Status 503.', cause });

    expect(error.message).toBe('The file storage did not answer properly. Status 503.');
    expect(error).toMatchObject({ name: 'RetryableError', retryable: true, cause });
  });
});

describe('asFailure', () => {
  it('leaves our own failures as they are', () => {
    const permanent = new NonRetryableError('corrupt');
    const transient = new RetryableError('lost_race');

    expect(asFailure(permanent)).toBe(permanent);
    expect(asFailure(transient)).toBe(transient);
  });

  it.each([
    ['an unknown error', new TypeError('x is not a function')],
    ['a text', 'boom'],
    ['nothing', undefined],
    ['a refusal of a request', new RequestError('not_found')],
  ])('takes %s for an internal failure that is tried again', (_name, thrown) => {
    expect(asFailure(thrown)).toMatchObject({ code: 'internal', retryable: true, cause: thrown });
  });
});
