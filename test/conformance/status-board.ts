/** What every status board promises, whatever it is made of. */
import { afterAll, beforeAll, describe } from 'vitest';
import { describeDocuments } from './status-board/documents.ts';
import { describeLeases } from './status-board/leases.ts';
import { describeListening } from './status-board/listening.ts';
import { describeMarks } from './status-board/marks.ts';
import type { StatusBoardSetup } from './status-board/setup.ts';

export type { StatusBoardSetup } from './status-board/setup.ts';

export const describeStatusBoard = (name: string, setup: () => Promise<StatusBoardSetup>): void => {
  describe(`status board: ${name}`, () => {
    let running: StatusBoardSetup;
    beforeAll(async () => {
      running = await setup();
    });
    afterAll(() => running?.close());
    const open = () => running;

    describe('show and find', () => describeDocuments(open));
    describe('mark', () => describeMarks(open));
    describe('listen', () => describeListening(open));
    describe('claim and release', () => describeLeases(open));
  });
};
