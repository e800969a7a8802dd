/** The one table, as each store on it is given it. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export interface DynamoTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}
