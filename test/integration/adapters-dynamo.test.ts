/** The state in DynamoDB keeps the promises of its port. */
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
import { openTable } from '../support/adapter-endpoints.ts';

describeUploadStore('DynamoDB', async () => {
  const { close, ...table } = await openTable();
  return { store: createDynamoUploadStore(table), close };
});

describeGroupStore('DynamoDB', async () => {
  const { close, ...table } = await openTable();
  return { groups: createDynamoGroupStore(table), close };
});

describeReservationStore('DynamoDB', async () => {
  const { close, ...table } = await openTable();
  return { reservations: createDynamoReservations(table), close };
});

describeSmallStores('DynamoDB', async () => {
  const { close, ...table } = await openTable();
  return {
    cursors: createDynamoCursorStore(table),
    tenantBudgets: createDynamoTenantBudgets(table),
    tenantQuotas: createDynamoTenantQuotas(table),
    letters: createDynamoDeadLetterStore({ ...table, now: Date.now }),
    close,
  };
});
