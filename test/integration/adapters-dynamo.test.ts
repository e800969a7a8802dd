/** The state in DynamoDB keeps the promises of its port. */
import { createDynamoClient } from '../../shared/adapters/aws/clients.ts';
import { createDynamoCursorStore } from '../../shared/adapters/aws/dynamo-cursor-store.ts';
import { createDynamoDeadLetterStore } from '../../shared/adapters/aws/dynamo-dead-letter-store.ts';
import { createDynamoGroupStore } from '../../shared/adapters/aws/dynamo-group-store.ts';
import { createDynamoTenantBudgets } from '../../shared/adapters/aws/dynamo-tenant-budgets.ts';
import {
  createDynamoReservations,
  createDynamoTenantQuotas,
} from '../../shared/adapters/aws/dynamo-tenant-quotas.ts';
import { createDynamoUploadStore } from '../../shared/adapters/aws/dynamo-upload-store.ts';
import { describeGroupStore } from '../conformance/group-store.ts';
import { describeReservationStore } from '../conformance/reservation-store.ts';
import { describeSmallStores } from '../conformance/small-stores.ts';
import { describeUploadStore } from '../conformance/upload-store.ts';
import { createTable, openDynamodb } from '../support/adapter-endpoints.ts';

const setup = async () => {
  const endpoint = await openDynamodb();
  const client = createDynamoClient();
  const { tableName, drop } = await createTable();
  return {
    client,
    tableName,
    async close() {
      await drop();
      client.destroy();
      await endpoint.close();
    },
  };
};

describeUploadStore('DynamoDB', async () => {
  const { close, ...table } = await setup();
  return { store: createDynamoUploadStore(table), close };
});

describeGroupStore('DynamoDB', async () => {
  const { close, ...table } = await setup();
  return { groups: createDynamoGroupStore(table), close };
});

describeReservationStore('DynamoDB', async () => {
  const { close, ...table } = await setup();
  return { reservations: createDynamoReservations(table), close };
});

describeSmallStores('DynamoDB', async () => {
  const { close, ...table } = await setup();
  return {
    cursors: createDynamoCursorStore(table),
    tenantBudgets: createDynamoTenantBudgets(table),
    tenantQuotas: createDynamoTenantQuotas(table),
    letters: createDynamoDeadLetterStore({ ...table, now: Date.now }),
    close,
  };
});
