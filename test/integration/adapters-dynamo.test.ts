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
import { onTable } from '../support/adapter-endpoints.ts';

describeUploadStore(
  'DynamoDB',
  onTable((table) => ({ store: createDynamoUploadStore(table) })),
);

describeGroupStore(
  'DynamoDB',
  onTable((table) => ({ groups: createDynamoGroupStore(table) })),
);

describeReservationStore(
  'DynamoDB',
  onTable((table) => ({ reservations: createDynamoReservations(table) })),
);

describeSmallStores(
  'DynamoDB',
  onTable((table) => ({
    cursors: createDynamoCursorStore(table),
    tenantBudgets: createDynamoTenantBudgets(table),
    tenantQuotas: createDynamoTenantQuotas(table),
    letters: createDynamoDeadLetterStore({ ...table, now: Date.now }),
  })),
);
