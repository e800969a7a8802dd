/** An upload that is followed by events. */
import { describe, expect, test } from 'vitest';
import { announce, anonymous, call, post, STORY_MS, type Started, stack } from './client.ts';

interface Heard {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly state: string; readonly rev: number; readonly progress: number };
}

const open = (id: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`${stack().followUrl}/uploads/${id}/events`, { headers });

const bearer = ({ token }: Pick<Started, 'token'>) => ({ authorization: `Bearer ${token}` });

/** Events as they come; what is left of a block that has not ended is kept for the next chunk. */
async function* eventsOf(answer: Response): AsyncGenerator<Heard> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => [line.split(':')[0], line.slice(line.indexOf(' ') + 1)]),
      );
      if (fields.id === undefined) continue;
      yield { id: fields.id, event: fields.event ?? '', data: JSON.parse(fields.data ?? 'null') };
    }
  }
}

export const describeFollowing = (): void => {
  describe('an upload that is followed by events', () => {
    test(
      'is told of from where the caller was, each change once, to its end',
      async () => {
        const session = await anonymous();
        const created = await announce(session.token);
        const { id } = created.upload;
        const first = await open(id, bearer(session));
        const beginning = eventsOf(first);
        const waiting = (await beginning.next()).value as Heard;
        // The line breaks off.
        await beginning.return(undefined);
        await post(created);

        const again = await open(id, { ...bearer(session), 'last-event-id': waiting.id });
        const heard: Heard[] = [];
        for await (const event of eventsOf(again)) heard.push(event);
        const last = heard.at(-1);
        const over = await open(id, { ...bearer(session), 'last-event-id': last?.id ?? '' });
        const status = await call('GET', `/uploads/${id}`, { token: session.token });

        expect([first.status, again.status, over.status]).toEqual([200, 200, 204]);
        expect(first.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
        expect(waiting).toMatchObject({ id: '1', data: { state: 'awaiting_upload', progress: 0 } });
        expect(new Set(heard.map((event) => event.id)).size).toBe(heard.length);
        expect(heard.some((event) => event.id === waiting.id)).toBe(false);
        const progress = heard.map(({ data }) => data.progress);
        expect(progress).toEqual(progress.toSorted((one, other) => one - other));
        expect(last).toMatchObject({ data: { state: 'completed', progress: 100 } });
        expect(`"${last?.id}"`).toBe(status.headers.get('etag'));
        expect(last?.data).toEqual(status.json);
      },
      STORY_MS,
    );

    test(
      'E3, E18: is not there for a stranger, for whoever has no session, nor for another page',
      async () => {
        const owner = await anonymous();
        const { upload } = await announce(owner.token);
        const origin = 'https://evil.example';

        const stranger = await open(upload.id, bearer(await anonymous()));
        const unknown = await open('upl_00000000000000000000000000', bearer(owner));
        const nobody = await open(upload.id, {});
        const page = await fetch(`${stack().followUrl}/uploads/${upload.id}/events`, {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'GET' },
        });
        const problems = [await stranger.json(), await unknown.json()] as object[];

        expect([stranger.status, unknown.status, nobody.status]).toEqual([404, 404, 401]);
        const [one, other] = problems.map((problem) => ({ ...problem, requestId: '' }));
        expect(one).toEqual(other);
        expect(page.headers.get('access-control-allow-origin')).toBeNull();
      },
      STORY_MS,
    );
  });
};
