/** What every upload store promises, whatever it is made of. */
import { afterAll, beforeAll, describe } from 'vitest';
import type { UploadStore } from '../../shared/ports/upload-store.ts';
import { describeArchive } from './upload-store/archive.ts';
import { describeListByOwner } from './upload-store/by-owner.ts';
import { describeListDue } from './upload-store/due.ts';
import { describeOutcomes } from './upload-store/outcomes.ts';
import { describeRows } from './upload-store/rows.ts';
import { describeScan } from './upload-store/scan.ts';

export interface UploadStoreSetup {
  readonly store: UploadStore;
  close(): Promise<void>;
}

export const describeUploadStore = (name: string, setup: () => Promise<UploadStoreSetup>): void => {
  describe(`upload store: ${name}`, () => {
    let running: UploadStoreSetup;
    beforeAll(async () => {
      running = await setup();
    });
    afterAll(() => running?.close());
    const open = () => running.store;

    describe('put and find', () => describeRows(open));
    describe('recordOutcomes', () => describeOutcomes(open));
    describe('archive', () => describeArchive(open));
    describe('listByOwner', () => describeListByOwner(open));
    describe('listDue', () => describeListDue(open));
    describe('scan', () => describeScan(open));
  });
};
