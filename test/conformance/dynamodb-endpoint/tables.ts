/** Chapter: what is set on a table. */
import {
  DescribeContinuousBackupsCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetItemCommand,
  ListTagsOfResourceCommand,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, it } from 'vitest';
import { failure, type SuiteTable } from './endpoint.ts';

export const describeTables = (table: SuiteTable): void => {
  const { TableName, newKey } = table;
  let dynamodb: DynamoDBClient;
  beforeAll(() => {
    dynamodb = table.client();
  });

  it('takes and shows its TTL attribute', async () => {
    const spec = { AttributeName: 'expiresAt', Enabled: true };
    const enable = new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: spec });

    const enabled = await dynamodb.send(enable);
    const described = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));

    expect(enabled.TimeToLiveSpecification).toEqual(spec);
    expect(described.TimeToLiveDescription).toMatchObject({
      TimeToLiveStatus: expect.stringMatching(/^ENABL(ED|ING)$/),
      AttributeName: 'expiresAt',
    });
    expect((await failure(dynamodb.send(enable))).name).toBe('ValidationException');
  });

  it('takes point-in-time recovery', async () => {
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await dynamodb.send(
      new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }),
    );

    const described = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName }));

    expect(described.ContinuousBackupsDescription?.PointInTimeRecoveryDescription).toMatchObject({
      PointInTimeRecoveryStatus: 'ENABLED',
    });
  });

  it('takes tags', async () => {
    const Tags = [{ Key: 'stage', Value: 'test' }];
    await dynamodb.send(new TagResourceCommand({ ResourceArn: table.arn(), Tags }));

    const listed = await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: table.arn() }));

    expect(listed.Tags).toEqual(Tags);
  });

  it('that does not exist is named as such', async () => {
    const absent = { TableName: `${TableName}-not` };
    const read = failure(dynamodb.send(new GetItemCommand({ ...absent, Key: newKey() })));
    const described = failure(dynamodb.send(new DescribeTimeToLiveCommand(absent)));

    expect((await read).name).toBe('ResourceNotFoundException');
    expect((await described).name).toBe('ResourceNotFoundException');
  });
};
