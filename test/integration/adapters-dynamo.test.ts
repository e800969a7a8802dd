/** The state in DynamoDB keeps the promises of its port. */
import { createDynamoClient } from '../../shared/adapters/aws/clients.ts';
import { createDynamoUploadStore } from '../../shared/adapters/aws/dynamo-upload-store.ts';
import { describeUploadStore } from '../conformance/upload-store.ts';
import { createTable, openDynamodb } from '../support/adapter-endpoints.ts';

describeUploadStore('DynamoDB', async () => {
  const endpoint = await openDynamodb();
  const client = createDynamoClient();
  const { tableName, drop } = await createTable();
  return {
    store: createDynamoUploadStore({ client, tableName }),
    async close() {
      await drop();
      client.destroy();
      await endpoint.close();
    },
  };
});
