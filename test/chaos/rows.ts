/** The table from outside: rows as they are stored. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { localCredentials, localRegion } from '../../local/environment.ts';
import type { ChaosStack } from './stack.ts';

export interface StoredOutcome {
  readonly state: string;
  readonly code?: string;
  /** JSON text. */
  readonly result?: string;
  readonly files?: readonly { readonly key: string }[];
}

export interface StoredRow {
  readonly pk: string;
  readonly sk: string;
  readonly id: string;
  readonly state: string;
  readonly rev: number;
  readonly generation: number;
  readonly dueShard?: string;
  readonly outcomes: Readonly<Record<string, StoredOutcome>>;
  readonly failure?: { readonly code: string };
}

/** The current row of every upload. */
export const readRows = async ({
  endpoints,
  model,
}: Pick<ChaosStack, 'endpoints' | 'model'>): Promise<readonly StoredRow[]> => {
  const client = new DynamoDBClient({
    endpoint: endpoints.dynamodb,
    region: localRegion,
    credentials: localCredentials,
  });
  const documents = DynamoDBDocumentClient.from(client);
  const rows: StoredRow[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new ScanCommand({ TableName: model.tables[0]?.name, ExclusiveStartKey }),
    );
    for (const row of (page.Items ?? []) as StoredRow[]) if (row.sk === 'STATE') rows.push(row);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  client.destroy();
  return rows;
};
