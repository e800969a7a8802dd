/** Limits of tenants in the state table, beside their API keys. */
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { tenantBudget } from '../../contracts/tenant-budget.ts';
import type { TenantBudgetStore } from '../../ports/tenant-budget-store.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { fromStore } from './sdk-errors.ts';

const keyOf = (tenant: string) => ({ pk: `TENANT#${tenant}`, sk: 'BUDGET' });

export const createDynamoTenantBudgets = ({
  client,
  tableName: TableName,
}: DynamoTable): TenantBudgetStore => {
  return {
    async find(tenant) {
      const Key = keyOf(tenant);
      const { Item } = await fromStore(() => client.send(new GetCommand({ TableName, Key })));
      // Somebody else's hand in the table is an error that is seen, not a limit that is lost.
      return Item === undefined ? {} : tenantBudget.parse(Item.budget);
    },
    async keep(tenant, budget) {
      const Item = { ...keyOf(tenant), budget };
      await fromStore(() => client.send(new PutCommand({ TableName, Item })));
    },
  };
};
