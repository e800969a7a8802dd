/** What every object store promises, whatever it is made of. */
import { afterAll, beforeAll, describe } from 'vitest';
import { describeIncoming } from './object-store/incoming.ts';
import { describePresigned } from './object-store/presigned.ts';
import { describeReading } from './object-store/reading.ts';
import { describeResults } from './object-store/results.ts';
import type { ObjectStoreSetup } from './object-store/setup.ts';

export type { ObjectStoreSetup } from './object-store/setup.ts';

export const describeObjectStore = (name: string, setup: () => Promise<ObjectStoreSetup>): void => {
  describe(`object store: ${name}`, () => {
    let running: ObjectStoreSetup;
    beforeAll(async () => {
      running = await setup();
    });
    afterAll(() => running?.close());
    const open = () => running;

    describeReading(open);
    describeResults(open);
    describeIncoming(open);
    describePresigned(open);
  });
};
