/** ReturnValuesOnConditionCheckFailure=ALL_OLD for single writes, which dynalite does not know. */
import { type Backend, type Parameters, parse, type Reply } from './backend.ts';
import { DynamodbError } from './errors.ts';
import type { SharedLock } from './shared-lock.ts';
import { type Attributes, pickKey, readRow, type Tables } from './tables.ts';

export type World = {
  readonly backend: Backend;
  readonly lock: SharedLock;
  readonly tables: Tables;
};

/**
 * Writes; a failed condition answers with the row it failed on. To show exactly that row, a write
 * that fails is tried once more with everyone else kept out, and the row read in the same breath.
 */
export const writeReturningOld = async (
  { backend, lock, tables }: World,
  action: string,
  parameters: Parameters,
): Promise<Reply> => {
  const { ReturnValuesOnConditionCheckFailure: _unknownToDynalite, ...rest } = parameters;
  const body = JSON.stringify(rest);
  const first = await lock.shared(() => backend.forward(action, body));
  if (!isConditionFailure(first)) return first;

  return lock.exclusive(async () => {
    const second = await backend.forward(action, body);
    if (!isConditionFailure(second)) return second;

    const table = String(rest.TableName);
    const names = await tables.keyNames(table);
    if ('reply' in names) return names.reply;
    const key = (rest.Key as Attributes | undefined) ?? pickKey(names, rest.Item as Attributes);
    const row = await readRow(backend, table, key);
    throw new DynamodbError(
      'ConditionalCheckFailedException',
      'The conditional request failed',
      row ? { Item: row } : {},
    );
  });
};

const isConditionFailure = (reply: Reply): boolean =>
  reply.status === 400 && parse(reply).error === 'ConditionalCheckFailedException';
