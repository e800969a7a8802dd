/** What the table, Redis, the buckets and the queues are asked. */
import { inFile, type Mutation } from '../mutation.ts';

const batch = inFile('shared/lambda/sqs-batch.ts', 'unit/lambda/sqs-batch');
const body = inFile('shared/lambda/ingest-body.ts', 'unit/lambda/ingest');
const store = inFile('shared/adapters/aws/dynamo-upload-store.ts', 'integration/adapters-dynamo.');
const groupStore = inFile(
  'shared/adapters/aws/dynamo-group-store.ts',
  'integration/adapters-dynamo.',
);
const scripts = inFile('shared/adapters/redis/scripts.ts', 'integration/adapters-redis');
const objects = inFile('shared/adapters/aws/s3-object-store.ts', 'integration/adapters-s3.');

export const rim: readonly Mutation[] = [
  batch(
    'a message twice in a batch is worked twice',
    '[...unique.values()].map(async (record)',
    'event.Records.map(async (record)',
  ),
  batch(
    'the last attempt is not known',
    'const lastAttempt = attempt >= maxReceiveCount;',
    'const lastAttempt = attempt > maxReceiveCount;',
  ),
  body(
    'a record that failed among others is dropped',
    "if (failed.length > 0) await queue.send('upload-events', failed);",
    '',
  ),
  store(
    'the table takes outcomes of any generation',
    "'#generation = :generation AND #state = :processing'",
    "'#generation >= :zero AND #state = :processing'",
  ),
  store(
    'the table takes outcomes after the end',
    "'#generation = :generation AND #state = :processing'",
    "'#generation = :generation'",
  ),
  store(
    'the last writer wins in the table',
    '= if_not_exists(#outcomes.#s${index}, :o${index})',
    '= :o${index}',
  ),
  store(
    'the table replaces any revision',
    "isFirst ? 'attribute_not_exists(pk)' : 'rev = :previous'",
    "isFirst ? 'attribute_not_exists(pk)' : 'rev <> :previous OR rev = :previous'",
  ),
  store(
    'a first row replaces another',
    "isFirst ? 'attribute_not_exists(pk)'",
    "isFirst ? 'attribute_not_exists(nothing)'",
  ),
  store(
    'an own write is not recognised',
    "if (current?.writeToken === row.writeToken) return { kind: 'written' };",
    '',
  ),
  store(
    'the due index is read without its time',
    "'dueShard = :shard AND dueAt <= :now'",
    "'dueShard = :shard AND dueAt >= :now'",
  ),
  groupStore('a group ends twice', ' AND attribute_not_exists(ended)', ''),
  groupStore(
    'a group is forgotten before its end',
    "ConditionExpression: 'attribute_exists(ended)'",
    "ConditionExpression: 'attribute_exists(pk)'",
  ),
  groupStore('two sweeps drive a group', "'dueAt = :seen'", "'attribute_exists(pk)'"),
  scripts(
    'an older document replaces a newer one',
    'if rev and rev > tonumber(ARGV[1]) then return 0 end',
    '',
  ),
  scripts(
    "anybody gives back anybody's lease",
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\nreturn",
    'return',
  ),
  scripts(
    "a show gives back anybody's lease",
    "if KEYS[2] and redis.pcall('GET', KEYS[2]) == ARGV[6] then",
    'if KEYS[2] then',
  ),
  scripts('a lease without an end is believed', 'left >= 0 and left', 'left'),
  scripts('a lease longer than any of ours is believed', 'left >= 0 and left', 'left >= 0 or left'),
  scripts(
    'a held lease is taken',
    "if isLease and redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end",
    '',
  ),
  scripts(
    'a step of one generation is marked on another',
    'if generation ~= ARGV[at] then return 0 end',
    'if not generation then return 0 end',
  ),
  objects(
    'reads are not pinned to a version',
    '...(versionId === undefined ? {} : { VersionId: versionId }),',
    '',
  ),
];
