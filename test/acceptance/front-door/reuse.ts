/** The same file sent again. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { announce, apiKeyOf, call, ended, post, STORY_MS, sessionOf } from './client.ts';

/** So many columns that their profile is a derived file. */
const COLUMNS = Array.from({ length: 200 }, (_, index) => `column ${index}`);
const TABLE = `${COLUMNS.join()}\n${COLUMNS.map((_, index) => index).join()}\n`;
const declared = {
  name: 'table.csv',
  size: TABLE.length,
  type: 'text/csv',
  sha256: createHash('sha256').update(TABLE).digest('hex'),
};

interface Step {
  readonly name: string;
  readonly reused?: boolean;
  readonly outcome?: unknown;
  readonly files: readonly { readonly href: string }[];
}

const sent = async (token: string): Promise<{ id: string; steps: readonly Step[] }> => {
  const created = await announce(token, declared);
  expect(await post(created, TABLE)).toBeLessThan(300);
  const status = await ended(token, created.upload.id);
  expect(status.state).toBe('completed');
  return { id: status.id, steps: status.steps as unknown as readonly Step[] };
};

const profileOf = ({ steps }: { readonly steps: readonly Step[] }): Step => {
  const step = steps.find(({ name }) => name === 'table-profile');
  if (step === undefined) throw new Error('The table was not profiled.');
  return step;
};

const fileOf = async (token: string, { files: [file] }: Step): Promise<string> => {
  const { headers } = await call('GET', file?.href ?? '', { token });
  return (await fetch(headers.get('location') ?? '')).text();
};

export const describeReuse = (): void => {
  describe('a file that is sent again', () => {
    test(
      'is not worked again in its tenant, has results of its own, and is nothing to another tenant',
      async () => {
        const [acme, other] = await Promise.all(['reuse-acme', 'reuse-other'].map(apiKeyOf));
        const ann = await sessionOf(acme!.apiKey, 'ann');
        const bob = await sessionOf(acme!.apiKey, 'bob');
        const stranger = await sessionOf(other!.apiKey, 'ann');

        const first = await sent(ann.token);
        const second = await sent(bob.token);
        const foreign = await sent(stranger.token);

        expect(profileOf(first).reused).toBeUndefined();
        expect(profileOf(second)).toMatchObject({
          reused: true,
          outcome: profileOf(first).outcome,
        });
        expect(profileOf(foreign).reused).toBeUndefined();
        const text = await fileOf(ann.token, profileOf(first));
        expect(text).toContain('column 199');
        const gone = await call('DELETE', `/uploads/${first.id}`, { token: ann.token });
        expect(gone.status).toBe(204);
        expect(await fileOf(bob.token, profileOf(second))).toBe(text);
      },
      STORY_MS,
    );
  });
};
