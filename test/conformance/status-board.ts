/** What every status board promises, whatever it is made of. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonWith } from '../../shared/domain/ready-status.ts';
import { documentOf, type StatusDocument } from '../../shared/domain/status.ts';
import type { Upload } from '../../shared/domain/upload.ts';
import type { StatusBell } from '../../shared/ports/status-bell.ts';
import type { ShownRef, StatusBoard } from '../../shared/ports/status-board.ts';
import type { BoardEntry, StatusDesk } from '../../shared/ports/status-desk.ts';
import { awaiting, failed, processing, succeeded } from './upload-store.ts';

export interface StatusBoardSetup {
  readonly board: StatusBoard;
  readonly desk: StatusDesk;
  readonly bell: StatusBell;
  /** The time the board goes by. */
  now(): number;
  close(): Promise<void>;
}

/** Documents of one upload on its way, oldest first. */
const story = () => {
  const made = awaiting();
  const started = processing(made);
  const half: Upload = { ...started, rev: 3, outcomes: { digest: succeeded({ sha256: 'ab' }) } };
  const ended = {
    ...started,
    state: 'failed',
    rev: 10,
    endedAt: started.updatedAt + 1,
    outcomes: { ...half.outcomes, profile: failed },
    failure: { code: 'corrupt', message: 'The file is damaged.', step: 'profile' },
  } as Upload;
  return {
    made: documentOf(made),
    started: documentOf(started),
    half: documentOf(half),
    ended: documentOf(ended),
  };
};

/** As a reader sees it: without what was never set. */
const plain = ({ status }: StatusDocument): unknown => JSON.parse(JSON.stringify(status));
const statusIn = ({ ready, marks }: BoardEntry): unknown => JSON.parse(jsonWith(ready, marks));

const refOf = ({ tenant, owner, status }: StatusDocument): ShownRef => ({
  ...{ tenant, owner },
  uploadId: status.id,
});

export const describeStatusBoard = (name: string, setup: () => Promise<StatusBoardSetup>): void => {
  describe(`status board: ${name}`, () => {
    let running: StatusBoardSetup;
    let board: StatusBoard;
    let bell: StatusBell;
    beforeAll(async () => {
      running = await setup();
      ({ board, bell } = running);
    });
    afterAll(() => running?.close());

    const find = async (tenant: string, owner: string, uploadId: string) =>
      (await running.desk.look({ tenant, owner }, uploadId)).found;
    const entryOf = async ({ tenant, owner, status }: StatusDocument): Promise<BoardEntry> => {
      const entry = await find(tenant, owner, status.id);
      if (typeof entry === 'string') throw new Error(`The board says ${entry}.`);
      return entry;
    };
    const markOf = (document: StatusDocument, steps: readonly string[]) => ({
      ...refOf(document),
      generation: document.status.generation,
      startedAt: running.now(),
      attempt: 2,
      steps,
    });

    describe('show and find', () => {
      it('misses what was never shown', async () => {
        expect(await find('dev', 'ann', 'upl_unknown')).toBe('missing');
      });

      it('shows each newer document in place of the older one', async () => {
        const { made, started, half, ended } = story();
        for (const document of [made, started, half, ended]) {
          expect(await board.show(document)).toBe('shown');
          const entry = await entryOf(document);
          expect(statusIn(entry)).toEqual(plain(document));
          expect(entry.marks).toEqual({});
        }
      });

      it('refuses an older document, comparing numbers and not texts', async () => {
        const { half, ended } = story();
        await board.show(ended);
        expect(await board.show(half)).toBe('older');
        expect(statusIn(await entryOf(ended))).toEqual(plain(ended));
      });

      it('shows the same document twice without harm', async () => {
        const { started } = story();
        expect(await board.show(started)).toBe('shown');
        expect(await board.show(started)).toBe('shown');
      });

      it('ends with the newest of documents that come at the same moment', async () => {
        const { made, started, half, ended } = story();
        await Promise.all([ended, half, made, started].map((document) => board.show(document)));
        expect((await entryOf(ended)).ready.rev).toBe(10);
      });

      it('C17: shows nothing of one tenant or owner to another', async () => {
        const { started } = story();
        const { tenant, owner, uploadId } = refOf(started);
        await board.show(started);
        expect(await find('elsewhere', owner, uploadId)).toBe('missing');
        expect(await find(tenant, 'somebody', uploadId)).toBe('missing');
        expect(await find('', `${tenant}/${owner}`, uploadId)).toBe('missing');
        expect(await find(tenant, '', `${owner}/${uploadId}`)).toBe('missing');
      });

      it('says when a document was last shown, also when it was the same again', async () => {
        const { started } = story();
        const before = running.now();
        await board.show(started);
        const { shownAt } = await entryOf(started);
        expect(shownAt).toBeGreaterThanOrEqual(before);
        await board.show(started);
        expect((await entryOf(started)).shownAt).toBeGreaterThanOrEqual(shownAt);
      });

      it('shows everybody of the tenant what other tools dropped into the bucket', async () => {
        const id = `obj_${randomUUID()}`;
        const { started } = story();
        const dropped = { ...started, owner: 'bucket', status: { ...started.status, id } };
        await board.show(dropped);
        expect(await find(started.tenant, 'ann', id)).toMatchObject({ ready: { owner: 'bucket' } });
        expect(await find('elsewhere', 'ann', id)).toBe('missing');
      });

      it.each(['ann|b@c', 'a{b}c', 'ü ñ', 'a/b', '%2F'])(
        'keeps an owner called %j apart',
        async (owner) => {
          const { started } = story();
          await board.show({ ...started, owner });
          const { tenant, uploadId } = refOf(started);
          expect(await find(tenant, owner, uploadId)).toMatchObject({ ready: { owner } });
          expect(
            await find(
              tenant,
              encodeURIComponent(owner) === owner ? 'x' : encodeURIComponent(owner),
              uploadId,
            ),
          ).toBe('missing');
        },
      );

      it('keeps every character of a status, also where a step runs behind it', async () => {
        const { started } = story();
        const name = 'ü 😀 "quoted"\n\ud800 {"name":"digest","state":"queued"} 統計.csv';
        const odd = {
          ...started,
          status: { ...started.status, declared: { name, size: 1, type: 'text/csv' } },
        };
        await board.show(odd);
        await board.mark(markOf(odd, ['profile']));
        const entry = await entryOf(odd);
        expect(statusIn({ ...entry, marks: {} })).toEqual(plain(odd));
        expect(statusIn(entry)).toMatchObject({
          declared: { name },
          steps: [{ state: 'queued' }, { name: 'profile', state: 'running', attempts: 2 }],
        });
      });
    });

    describe('mark', () => {
      it('shows which steps run, since when and at which attempt', async () => {
        const { started } = story();
        await board.show(started);
        const mark = markOf(started, ['digest', 'profile']);
        await board.mark(mark);
        const { generation, startedAt, attempt } = mark;
        expect((await entryOf(started)).marks).toEqual({
          digest: { generation, startedAt, attempt },
          profile: { generation, startedAt, attempt },
        });
      });

      it('drops the marks of steps that have ended, and all of them at the end', async () => {
        const { started, half, ended } = story();
        await board.show(started);
        await board.mark(markOf(started, ['digest', 'profile']));
        await board.show(half);
        expect(Object.keys((await entryOf(half)).marks)).toEqual(['profile']);
        await board.show(ended);
        expect((await entryOf(ended)).marks).toEqual({});
      });

      it('shows no mark of another generation', async () => {
        const { started } = story();
        await board.show(started);
        await board.mark(markOf(started, ['digest']));
        await board.mark({ ...markOf(started, ['digest']), generation: 2 });
        expect((await entryOf(started)).marks).toMatchObject({ digest: { generation: 1 } });
        const following = { ...started, status: { ...started.status, rev: 4, generation: 2 } };
        await board.show(following);
        expect((await entryOf(following)).marks).toEqual({});
      });

      it('shows no mark that is older than any worker can be', async () => {
        const { started } = story();
        await board.show(started);
        const startedAt = running.now() - 17 * 60_000;
        await board.mark({ ...markOf(started, ['digest']), startedAt });
        expect((await entryOf(started)).marks).toEqual({});
      });

      it('leaves nothing behind for an upload that is not shown', async () => {
        const { started } = story();
        await board.mark(markOf(started, ['digest']));
        expect(await find(started.tenant, started.owner, started.status.id)).toBe('missing');
        await board.show(started);
        expect((await entryOf(started)).marks).toEqual({});
      });
    });

    describe('listen', () => {
      /** Who asks is told within this time, on however busy a machine; nobody waits for all of it. */
      const PATIENCE_MS = 10_000;
      const heard = async (document: StatusDocument) => {
        const listener = await bell.listen(refOf(document));
        if (listener === undefined) throw new Error('There is nothing to listen to.');
        return listener;
      };
      const rings = (listener: Awaited<ReturnType<typeof heard>>): Promise<boolean> => {
        const over = AbortSignal.timeout(PATIENCE_MS);
        return listener.rung(over).then(() => !over.aborted);
      };

      it('rings for what is new and for a mark, and keeps a ring until it is asked for', async () => {
        const { made, started } = story();
        await board.show(made);
        const listener = await heard(made);
        await board.show(started);
        expect(await rings(listener)).toBe(true);
        const next = rings(listener);
        await board.mark(markOf(started, ['digest']));
        expect(await next).toBe(true);
        listener.close();
      });

      it('rings for all who listen to one upload, until they leave', async () => {
        const { started, half, ended } = story();
        const [one, other] = [await heard(started), await heard(started)];
        await board.show(started);
        expect(await Promise.all([rings(one), rings(other)])).toEqual([true, true]);
        one.close();
        one.close();
        await board.show(half);
        expect(await rings(other)).toBe(true);
        expect(one.isListening()).toBe(false);
        other.close();
        const again = await heard(started);
        await board.show(ended);
        expect(await rings(again)).toBe(true);
        again.close();
      });

      it('does not ring for another upload, nor for what was shown before', async () => {
        const { started } = story();
        const other = story().made;
        const listener = await heard(other);
        await board.show(started);
        await board.show(started);
        const stranger = await heard(started);
        const silence = new AbortController();
        const quiet = listener.rung(silence.signal).then(() => silence.signal.aborted);
        await board.show(started);
        silence.abort();
        expect(await quiet).toBe(true);
        listener.close();
        stranger.close();
      });

      it('ends at once for who leaves while waiting', async () => {
        const { started } = story();
        const listener = await heard(started);
        const waiting = listener.rung(AbortSignal.timeout(PATIENCE_MS));
        listener.close();
        await waiting;
        expect(listener.isListening()).toBe(false);
      });
    });

    describe('claim and release', () => {
      const lease = () => ({ key: `upl/1/${randomUUID()}`, seconds: 60 });

      it('gives a lease to one and not to another', async () => {
        const terms = lease();
        expect(await board.claim({ ...terms, token: 'a' })).toBe('claimed');
        expect(await board.claim({ ...terms, token: 'b' })).toBe('held');
        expect(await board.claim({ ...lease(), token: 'b' })).toBe('claimed');
      });

      it('gives it to exactly one of many at the same moment', async () => {
        const terms = lease();
        const tokens = ['a', 'b', 'c', 'd', 'e', 'f'];
        const claims = await Promise.all(tokens.map((token) => board.claim({ ...terms, token })));
        expect(claims.filter((claim) => claim === 'claimed')).toHaveLength(1);
      });

      it('gives it again to who holds it: a repeated claim is the same claim', async () => {
        const terms = { ...lease(), token: 'a' };
        await board.claim(terms);
        expect(await board.claim(terms)).toBe('claimed');
      });

      it('marks the steps of who takes it, in the same moment, and of nobody else', async () => {
        const { started } = story();
        await board.show(started);
        const marks = markOf(started, ['digest', 'profile']);
        const terms = { key: `${marks.uploadId}/1/digest,profile`, seconds: 60, marks };
        expect(await board.claim({ ...terms, token: 'a' })).toBe('claimed');
        expect(Object.keys((await entryOf(started)).marks)).toEqual(['digest', 'profile']);
        const later = { ...marks, attempt: 3 };
        expect(await board.claim({ ...terms, marks: later, token: 'b' })).toBe('held');
        expect((await entryOf(started)).marks).toMatchObject({ digest: { attempt: 2 } });
      });

      it('takes it back with a document, also with an older one, but only from its holder', async () => {
        const { started, half, ended } = story();
        await board.show(started);
        const marks = markOf(started, ['digest']);
        const lease = { key: `${marks.uploadId}/1/digest`, marks };
        const claim = (token: string) => board.claim({ ...lease, token, seconds: 60 });
        await claim('a');
        await board.show(half, { ...lease, token: 'b' });
        expect(await claim('b')).toBe('held');
        await board.show(ended, { ...lease, token: 'a' });
        expect(await claim('b')).toBe('claimed');
        expect(await board.show(half, { ...lease, token: 'b' })).toBe('older');
        expect(await claim('c')).toBe('claimed');
      });

      it('takes it back only from its holder', async () => {
        const terms = lease();
        await board.claim({ ...terms, token: 'a' });
        await board.release({ ...terms, token: 'b' });
        expect(await board.claim({ ...terms, token: 'b' })).toBe('held');
        await board.release({ ...terms, token: 'a' });
        expect(await board.claim({ ...terms, token: 'b' })).toBe('claimed');
      });
    });
  });
};
