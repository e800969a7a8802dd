/** What the doctor says of a deployment of which a part is away. */
import { describe, expect, it } from 'vitest';
import { doctor } from '../../../cli/commands/doctor.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { answerFetch, json, problem, type Sent, STORAGE, status } from '../client/wire.ts';
import { callOf } from './call.ts';

const FOLLOW = 'https://follow.example';

interface Finding {
  readonly check: string;
  readonly ok?: boolean;
  readonly sentence: string;
  readonly advice?: string;
}

/** A deployment that is well, but for what `away` answers. */
const examined = async (away: (sent: Sent) => Response | undefined) => {
  const upload = status('awaiting_upload');
  const asked = answerFetch((sent) => {
    const broken = away(sent);
    if (broken !== undefined) return broken;
    const { url, method } = sent;
    if (url.origin === FOLLOW) {
      const text = `id: 1\nevent: status\ndata: ${JSON.stringify(upload)}\n\n`;
      return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
    }
    if (url.origin === STORAGE || method === 'DELETE') return new Response(null, { status: 204 });
    if (method === 'GET')
      return problem(401, 'unauthenticated', { date: new Date().toUTCString() });
    const post = { url: `${STORAGE}/form`, fields: {} };
    return json({ upload, statusUrl: '/uploads/upl_1', post }, 201);
  });
  const { call, answers, lines } = callOf([], { followUrl: FOLLOW });
  const code = await doctor(call);
  const [{ findings }] = answers as [{ findings: readonly Finding[] }];
  return { asked, code, lines, wrong: findings.filter(({ ok }) => ok === false) };
};

const unreachable = (): never => {
  throw new TypeError('fetch failed');
};

describe('sluice doctor', () => {
  it('finds nothing wrong where all is well, and takes back what it announced', async () => {
    const { asked, code, wrong } = await examined(() => undefined);

    expect(code).toBe(EXIT.done);
    expect(wrong).toEqual([]);
    expect(asked.map(({ method }) => method)).toContain('DELETE');
  });

  it('says that the file storage is away, and what to do about it', async () => {
    const { asked, code, lines, wrong } = await examined(({ url }) =>
      url.origin === STORAGE ? unreachable() : undefined,
    );

    expect(code).toBe(EXIT.failed);
    expect(wrong).toMatchObject([
      { check: 'storage', sentence: 'The file storage at storage.example does not answer.' },
    ]);
    expect(lines).toContain('  → Files go there directly: let this network reach it.');
    expect(asked.map(({ method }) => method)).toContain('DELETE');
  });

  it.each([
    ['is away', unreachable],
    ['is another service', () => new Response('<html>')],
    ['refuses', () => problem(404, 'not_found')],
  ])('says that no changes are told where the place for them %s', async (_name, answer) => {
    const { code, wrong } = await examined(({ url }) =>
      url.origin === FOLLOW ? answer() : undefined,
    );

    expect(code).toBe(EXIT.failed);
    expect(wrong).toMatchObject([
      {
        check: 'events',
        sentence: expect.stringMatching(/^No changes are told at https:\/\/follow\.example: \S/),
        advice: expect.stringContaining('the function URL of follow-upload'),
      },
    ]);
  });

  it('looks no further where the API itself is away', async () => {
    const { asked, code, wrong } = await examined(unreachable);

    expect(code).toBe(EXIT.failed);
    expect(wrong.map(({ check }) => check)).toEqual(['api']);
    expect(asked).toHaveLength(1);
  });
});
