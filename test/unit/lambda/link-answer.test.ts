import { describe, expect, it } from 'vitest';
import { asksForJson, linkAnswer } from '../../../shared/lambda/link-answer.ts';

const LINK = {
  url: 'https://files.test/a',
  expiresAt: '2026-01-01T00:01:00.000Z',
  fileName: 'a',
  contentType: 'text/plain',
};

describe('an answer with a link', () => {
  it.each([
    undefined,
    '',
    '*/*',
    'text/html,application/xhtml+xml,*/*;q=0.8',
    'application/*',
    'application/json;q=0, */*',
    'application/json; q=0.000',
    `${'a/b,'.repeat(300)}application/json`,
  ])('is a redirect for who accepts %j', (accept) => {
    expect(linkAnswer(LINK, accept)).toEqual({
      status: 302,
      headers: { vary: 'accept', location: LINK.url },
    });
  });

  it.each([
    'application/json',
    'Application/JSON',
    'text/html;q=0.5, application/json ; q=0.4',
    'application/json;charset=utf-8',
  ])('is JSON for who accepts %j', (accept) => {
    expect(linkAnswer(LINK, accept)).toEqual({
      status: 200,
      headers: { vary: 'accept' },
      body: LINK,
    });
  });

  it('E14: takes no time to see what is accepted', () => {
    const start = performance.now();

    for (const text of [';'.repeat(65_536), ' '.repeat(65_536), ','.repeat(65_536)]) {
      asksForJson(text);
    }

    expect(performance.now() - start).toBeLessThan(50);
  });
});
