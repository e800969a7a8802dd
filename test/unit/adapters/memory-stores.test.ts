/** The memory twins keep the promises of their ports. */
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { createMemoryCursorStore } from '../../../shared/adapters/memory/memory-cursor-store.ts';
import { createMemoryDeadLetterStore } from '../../../shared/adapters/memory/memory-dead-letter-store.ts';
import { createMemoryGroupBoard } from '../../../shared/adapters/memory/memory-group-board.ts';
import { createMemoryGroupStore } from '../../../shared/adapters/memory/memory-group-store.ts';
import { createMemoryObjectStore } from '../../../shared/adapters/memory/memory-object-store.ts';
import { createMemoryStatusBoard } from '../../../shared/adapters/memory/memory-status-board.ts';
import { createMemoryTenantBudgets } from '../../../shared/adapters/memory/memory-tenant-budgets.ts';
import {
  createMemoryReservations,
  createMemoryTenantQuotas,
} from '../../../shared/adapters/memory/memory-tenant-quotas.ts';
import { createMemoryUploadStore } from '../../../shared/adapters/memory/memory-upload-store.ts';
import { createMemoryWorkQueue } from '../../../shared/adapters/memory/memory-work-queue.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { describeGroupBoard } from '../../conformance/group-board.ts';
import { describeGroupStore } from '../../conformance/group-store.ts';
import { describeObjectStore } from '../../conformance/object-store.ts';
import { describeReservationStore } from '../../conformance/reservation-store.ts';
import { describeSmallStores } from '../../conformance/small-stores.ts';
import { describeStatusBoard } from '../../conformance/status-board.ts';
import { describeUploadStore } from '../../conformance/upload-store.ts';
import { describeWorkQueue } from '../../conformance/work-queue.ts';

describeUploadStore('memory', async () => ({
  store: createMemoryUploadStore(),
  close: async () => undefined,
}));

describeGroupStore('memory', async () => ({
  groups: createMemoryGroupStore(),
  close: async () => undefined,
}));

describeGroupBoard('memory', async () => ({
  board: createMemoryGroupBoard(createMemoryClock()),
  close: async () => undefined,
}));

describeObjectStore('memory', async () => {
  const store = createMemoryObjectStore({ clock: createMemoryClock(), uploadsBucket: 'uploads' });
  return {
    store,
    signer: store,
    uploadsBucket: 'uploads',
    async put(key, body) {
      store.put(key, Buffer.from(body));
    },
    remove: async (key) => store.remove(key),
    removeVersion: async (key, versionId) => store.removeVersion(key, versionId),
    submit: async (form, body) =>
      store.submit(form, Buffer.from(body)) === 'stored' ? 'stored' : 'refused',
    async readResult(key) {
      const { bytes = new Uint8Array(), contentType = '' } = store.results().get(key) ?? {};
      return { body: Buffer.from(bytes).toString(), contentType };
    },
    close: async () => undefined,
  };
});

describeWorkQueue('memory', async () => {
  const queue = createMemoryWorkQueue({
    clock: createMemoryClock(),
    random: createSeededRandom(1),
  });
  return {
    queue,
    receive: async (name) => queue.receive(name),
    remove: async (name, receiptHandle) => queue.remove(name, receiptHandle),
    close: async () => undefined,
  };
});

describeStatusBoard('memory', async () => {
  const clock = createMemoryClock();
  const board = createMemoryStatusBoard(clock);
  return { board, desk: board, bell: board, now: clock.now, close: async () => undefined };
});

describeReservationStore('memory', async () => ({
  reservations: createMemoryReservations(),
  close: async () => undefined,
}));

describeSmallStores('memory', async () => ({
  cursors: createMemoryCursorStore(),
  letters: createMemoryDeadLetterStore(),
  tenantBudgets: createMemoryTenantBudgets(),
  tenantQuotas: createMemoryTenantQuotas(),
  close: async () => undefined,
}));
