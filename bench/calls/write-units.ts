/**
 * What a write costs in DynamoDB's units, the indexes included, which the laptop's table does not count. By the developer guide
 * ("Provisioned throughput", "Global secondary indexes"): one unit per KB of the larger of old and new, and per index one for each
 * entry that is put, changed or taken away; an entry whose key changes is two writes; one that stays the same is none.
 */
import type { AttributeValue, CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

export type Row = Readonly<Record<string, AttributeValue>>;
type Indexes = NonNullable<CreateTableCommandInput['GlobalSecondaryIndexes']>;

const bytesOfValue = (value: AttributeValue): number => {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.length / 2) + 1;
  if (value.B !== undefined) return value.B.length;
  if (value.M !== undefined) return 3 + bytesOf(value.M);
  if (value.L !== undefined) {
    return 3 + value.L.reduce((sum, entry) => sum + 1 + bytesOfValue(entry), 0);
  }
  return 1;
};

const bytesOf = (row: Row): number =>
  Object.entries(row).reduce((sum, [name, value]) => sum + name.length + bytesOfValue(value), 0);

const unitsOf = (...rows: readonly (Row | undefined)[]): number =>
  Math.max(...rows.map((row) => (row === undefined ? 0 : Math.ceil(bytesOf(row) / 1024))));

const TABLE_KEY = ['pk', 'sk'];

/** The entry of a row in an index; undefined where the row lacks the index's key. */
const entryIn = ({ KeySchema = [], Projection }: Indexes[number], row: Row | undefined) => {
  if (row === undefined) return undefined;
  const key = KeySchema.map(({ AttributeName = '' }) => AttributeName);
  if (key.some((name) => row[name] === undefined)) return undefined;
  const kept = new Set([...TABLE_KEY, ...key, ...(Projection?.NonKeyAttributes ?? [])]);
  const fields = Object.entries(row).filter(
    ([name]) => Projection?.ProjectionType === 'ALL' || kept.has(name),
  );
  const text = (names: readonly string[]) => JSON.stringify(names.map((name) => row[name]));
  return { fields: Object.fromEntries(fields), key: text(key) };
};

const indexUnits = (index: Indexes[number], before: Row | undefined, after: Row | undefined) => {
  const [was, is] = [entryIn(index, before), entryIn(index, after)];
  if (was === undefined || is === undefined) return unitsOf(was?.fields, is?.fields);
  if (was.key !== is.key) return unitsOf(was.fields) + unitsOf(is.fields);
  const isSame = JSON.stringify(was.fields) === JSON.stringify(is.fields);
  return isSame ? 0 : unitsOf(was.fields, is.fields);
};

/** Units of a write that made `after` of `before`; undefined is no row. A refused write costs what the row weighs. */
export const writeUnits = (
  indexes: Indexes,
  before: Row | undefined,
  after: Row | undefined,
): number =>
  Math.max(1, unitsOf(before, after)) +
  indexes.reduce((sum, index) => sum + indexUnits(index, before, after), 0);
