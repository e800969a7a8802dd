/** Table settings that dynalite does not keep: TTL and point-in-time recovery. */
import type { Parameters } from './backend.ts';
import type { World } from './conditional-write.ts';
import { DynamodbError } from './errors.ts';
import { PassedOn } from './transact-write.ts';

type TableAction = (world: World, parameters: Parameters, table: string) => Promise<Parameters>;

const updateTimeToLive: TableAction = async ({ tables }, parameters, table) => {
  const given = (parameters.TimeToLiveSpecification ?? {}) as Parameters;
  const { AttributeName, Enabled } = given;
  if (typeof AttributeName !== 'string' || typeof Enabled !== 'boolean') {
    throw invalid('TimeToLiveSpecification needs an AttributeName and Enabled.');
  }
  const { ttlAttribute: current } = tables.settingsOf(table);
  if (Enabled && current !== undefined) throw invalid('TimeToLive is already enabled');
  if (!Enabled && current === undefined) throw invalid('TimeToLive is already disabled');
  if (!Enabled && current !== AttributeName) {
    throw invalid(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${current}`,
    );
  }
  await tables.change(table, { ttlAttribute: Enabled ? AttributeName : undefined });
  return { TimeToLiveSpecification: { AttributeName, Enabled } };
};

const describeTimeToLive: TableAction = async ({ tables }, _parameters, table) => {
  const { ttlAttribute } = tables.settingsOf(table);
  const TimeToLiveDescription =
    ttlAttribute === undefined
      ? { TimeToLiveStatus: 'DISABLED' }
      : { TimeToLiveStatus: 'ENABLED', AttributeName: ttlAttribute };
  return { TimeToLiveDescription };
};

const updateContinuousBackups: TableAction = async (world, parameters, table) => {
  const given = (parameters.PointInTimeRecoverySpecification ?? {}) as Parameters;
  const { PointInTimeRecoveryEnabled: enabled } = given;
  if (typeof enabled !== 'boolean') {
    throw invalid('PointInTimeRecoverySpecification needs PointInTimeRecoveryEnabled.');
  }
  await world.tables.change(table, { pointInTimeRecovery: enabled });
  return describeContinuousBackups(world, parameters, table);
};

const describeContinuousBackups: TableAction = async ({ tables }, _parameters, table) => {
  const { pointInTimeRecovery = false } = tables.settingsOf(table);
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: {
        PointInTimeRecoveryStatus: pointInTimeRecovery ? 'ENABLED' : 'DISABLED',
      },
    },
  };
};

const actions: Readonly<Record<string, TableAction>> = {
  UpdateTimeToLive: updateTimeToLive,
  DescribeTimeToLive: describeTimeToLive,
  UpdateContinuousBackups: updateContinuousBackups,
  DescribeContinuousBackups: describeContinuousBackups,
};

/** The action of this name, bound to an existing table; undefined where dynalite has to answer. */
export const findTableAction = (action: string) => {
  const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (!run) return undefined;
  return async (world: World, parameters: Parameters): Promise<Parameters> => {
    const table = String(parameters.TableName);
    const names = await world.tables.keyNames(table);
    if ('reply' in names) throw new PassedOn(names);
    return run(world, parameters, table);
  };
};

const invalid = (sentence: string) => new DynamodbError('ValidationException', sentence);
