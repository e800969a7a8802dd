/** What every board of groups promises, whatever it is made of. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroupDocument } from '../../shared/domain/group-status.ts';
import type { GroupBoard } from '../../shared/ports/group-board.ts';

export interface GroupBoardSetup {
  readonly board: GroupBoard;
  close(): Promise<void>;
}

export const groupDocumentOf = (
  id: string,
  rev: number,
  overrides: Partial<GroupDocument> = {},
): GroupDocument => ({
  tenant: 'acme',
  owner: 'ann',
  readAt: 1_795_000_000_000,
  status: {
    id,
    state: 'open',
    rev,
    createdAt: '2026-11-23T12:00:00.000Z',
    updatedAt: '2026-11-23T12:00:01.000Z',
    count: 1,
    states: { processing: 1 },
    progress: 50,
    uploads: [{ id: 'upl_1', state: 'processing', progress: 50, name: 'größe "1".csv' }],
  },
  ...overrides,
});

export const describeGroupBoard = (name: string, setup: () => Promise<GroupBoardSetup>): void => {
  describe(`group board: ${name}`, () => {
    let running: GroupBoardSetup;
    let board: GroupBoard;
    beforeAll(async () => {
      running = await setup();
      board = running.board;
    });
    afterAll(() => running?.close());

    it('misses what was never shown', async () => {
      expect(await board.findGroup('acme', randomUUID())).toBe('missing');
    });

    it('shows each newer document in place of the older one, and the same one again', async () => {
      const id = randomUUID();
      for (const rev of [9, 10, 10]) {
        const document = groupDocumentOf(id, rev);

        expect(await board.showGroup(document)).toBe('shown');
        expect(await board.findGroup('acme', id)).toEqual(document);
      }
    });

    it('refuses an older document, comparing numbers and not texts', async () => {
      const id = randomUUID();
      await board.showGroup(groupDocumentOf(id, 10));

      expect(await board.showGroup(groupDocumentOf(id, 9))).toBe('older');
      expect(await board.findGroup('acme', id)).toMatchObject({ status: { rev: 10 } });
    });

    it('C17: has nothing of one tenant for another', async () => {
      const id = randomUUID();
      await board.showGroup(groupDocumentOf(id, 1));

      expect(await board.findGroup('other', id)).toBe('missing');
    });
  });
};
