/** What every status board promises, whatever it is made of. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf, type StatusDocument } from '../../shared/domain/status.ts';
import type { Upload } from '../../shared/domain/upload.ts';
import type { BoardEntry, StatusBoard } from '../../shared/ports/status-board.ts';
import { awaiting, failed, processing, succeeded } from './upload-store.ts';

export interface StatusBoardSetup {
  readonly board: StatusBoard;
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
const plain = (document: StatusDocument): unknown => JSON.parse(JSON.stringify(document));

export const describeStatusBoard = (name: string, setup: () => Promise<StatusBoardSetup>): void => {
  describe(`status board: ${name}`, () => {
    let running: StatusBoardSetup;
    let board: StatusBoard;
    beforeAll(async () => {
      running = await setup();
      board = running.board;
    });
    afterAll(() => running?.close());

    const entryOf = async ({ tenant, status }: StatusDocument): Promise<BoardEntry> => {
      const entry = await board.find(tenant, status.id);
      if (typeof entry === 'string') throw new Error(`The board says ${entry}.`);
      return entry;
    };
    const markOf = ({ tenant, status }: StatusDocument, steps: readonly string[]) => ({
      tenant,
      uploadId: status.id,
      generation: status.generation,
      startedAt: running.now(),
      attempt: 2,
      steps,
    });

    describe('show and find', () => {
      it('misses what was never shown', async () => {
        expect(await board.find('dev', 'upl_unknown')).toBe('missing');
      });

      it('shows each newer document in place of the older one', async () => {
        const { made, started, half, ended } = story();
        for (const document of [made, started, half, ended]) {
          expect(await board.show(document)).toBe('shown');
          expect(await entryOf(document)).toEqual({ document: plain(document), marks: {} });
        }
      });

      it('refuses an older document, comparing numbers and not texts', async () => {
        const { half, ended } = story();
        await board.show(ended);
        expect(await board.show(half)).toBe('older');
        expect((await entryOf(ended)).document).toEqual(plain(ended));
      });

      it('shows the same document twice without harm', async () => {
        const { started } = story();
        expect(await board.show(started)).toBe('shown');
        expect(await board.show(started)).toBe('shown');
      });

      it('ends with the newest of documents that come at the same moment', async () => {
        const { made, started, half, ended } = story();
        await Promise.all([ended, half, made, started].map((document) => board.show(document)));
        expect((await entryOf(ended)).document.status.rev).toBe(10);
      });

      it('shows nothing of one tenant to another', async () => {
        const { started } = story();
        await board.show(started);
        expect(await board.find('elsewhere', started.status.id)).toBe('missing');
        expect(await board.find('', `dev/${started.status.id}`)).toBe('missing');
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
        await board.mark({ ...markOf(started, ['digest']), generation: 2 });
        expect((await entryOf(started)).marks).toEqual({});
        await board.mark(markOf(started, ['digest']));
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
        expect(await board.find(started.tenant, started.status.id)).toBe('missing');
        await board.show(started);
        expect((await entryOf(started)).marks).toEqual({});
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
