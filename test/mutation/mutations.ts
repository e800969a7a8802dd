/** Every condition, fence, order and query on which a promise rests, and how it is broken on purpose. */

export interface Mutation {
  /** What is taken away. */
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

const inFile =
  (file: string) =>
  (name: string, find: string, replace: string): Mutation => ({ name, file, find, replace });

const transition = inFile('shared/domain/transition.ts');
const order = inFile('shared/domain/object-version.ts');
const plan = inFile('shared/domain/plan.ts');
const due = inFile('shared/domain/due.ts');
const ingest = inFile('shared/usecases/ingest-object.ts');
const drive = inFile('shared/usecases/drive-forward.ts');
const work = inFile('shared/usecases/run-steps.ts');
const step = inFile('shared/usecases/run-step.ts');
const finalize = inFile('shared/usecases/finalize-upload.ts');
const finish = inFile('shared/usecases/finish-upload.ts');
const sweep = inFile('shared/usecases/sweep.ts');
const bury = inFile('shared/usecases/bury-message.ts');
const read = inFile('shared/usecases/read-status.ts');
const wait = inFile('shared/usecases/wait-for-status.ts');
const verify = inFile('shared/usecases/verify-session.ts');
const text = inFile('shared/adapters/redis/ready-text.ts');
const endGroup = inFile('shared/usecases/end-group.ts');
const groupStore = inFile('shared/adapters/aws/dynamo-group-store.ts');
const reuse = inFile('shared/domain/reuse.ts');
const takeOver = inFile('shared/usecases/reuse-outcomes.ts');
const batch = inFile('shared/lambda/sqs-batch.ts');
const body = inFile('shared/lambda/ingest-body.ts');
const store = inFile('shared/adapters/aws/dynamo-upload-store.ts');
const scripts = inFile('shared/adapters/redis/scripts.ts');
const objects = inFile('shared/adapters/aws/s3-object-store.ts');

const REFUSES = 'if (upload.generation !== event.generation) return';

export const mutations: readonly Mutation[] = [
  transition('outcomes of another generation are taken', `${REFUSES} refused('superseded');`, ''),
  transition(
    'outcomes are taken after the end',
    "if (upload.state !== 'processing') return refused('already_ended');\n  return {",
    'return {',
  ),
  transition(
    'the last writer of an outcome wins',
    '{ ...event.outcomes, ...upload.outcomes }',
    '{ ...upload.outcomes, ...event.outcomes }',
  ),
  transition(
    'another generation is finished',
    "if (upload.generation !== generation) return refused('superseded');",
    '',
  ),
  transition(
    'an incomplete set is finished',
    "if (!progressOf(upload.plan, upload.outcomes).complete) return refused('incomplete');",
    '',
  ),
  transition(
    'an upload expires before its deadline',
    "if (upload.uploadDeadline > moment.at) return refused('too_early');",
    '',
  ),
  transition(
    'a processing upload expires',
    "if (upload.state === 'processing') return refused('superseded');",
    '',
  ),
  transition(
    'an upload is driven before it is due',
    "if (upload.dueAt > moment.at) return refused('too_early');",
    '',
  ),
  transition('a re-drive is not counted', 'drives: upload.drives + 1,', 'drives: upload.drives,'),
  transition(
    'a duplicate event opens a generation',
    "if (order === 'same') return 'duplicate';",
    '',
  ),
  transition(
    'an upload of the API takes a second object',
    "if (upload.origin === 'api') return 'one_object_only';",
    '',
  ),
  transition(
    'an older version replaces a newer one',
    "return order === 'older' ? 'stale' : undefined;",
    'return undefined;',
  ),
  transition(
    'a new generation keeps the old number',
    'const generation = upload.generation + 1;',
    'const generation = upload.generation;',
  ),
  transition(
    'a write does not raise the revision',
    'outcomes: { ...event.outcomes, ...upload.outcomes },\n      rev: upload.rev + 1,',
    'outcomes: { ...event.outcomes, ...upload.outcomes },\n      rev: upload.rev,',
  ),
  order(
    'sequencers are compared without padding',
    "right.toUpperCase().padEnd(length, '0')",
    'right.toUpperCase()',
  ),
  order(
    'the order of sequencers is turned',
    "return a < b ? 'older' : 'newer';",
    "return a < b ? 'newer' : 'older';",
  ),
  plan(
    'one need that succeeded is enough',
    "needs.every((need) => outcomes[need]?.state === 'succeeded')",
    "needs.some((need) => outcomes[need]?.state === 'succeeded')",
  ),
  plan(
    'a failed need blocks nothing',
    "outcome !== undefined && outcome.state !== 'succeeded'",
    'false',
  ),
  plan(
    'a set with a step missing is complete',
    'complete: open.length === 0',
    'complete: open.length <= 1',
  ),
  due('re-drives never give up', 'export const MAX_DRIVES = 8;', 'export const MAX_DRIVES = 1e9;'),
  ingest(
    'nothing follows from a duplicate',
    "if (result.refused === 'duplicate') await follow(upload, meta);",
    '',
  ),
  ingest('the old generation is not kept', 'await keepGeneration(deps, upload);', ''),
  ingest(
    'a lost race counts as won',
    "if (answer.kind === 'written') {",
    'if (answer.kind !== undefined) {',
  ),
  ingest(
    'steps are sent before the state is durable',
    'const answer = await store.put(result.next);',
    'await follow(result.next, meta);\n      const answer = await store.put(result.next);',
  ),
  ingest(
    'a size that was not declared passes',
    "if (declared !== undefined && declared.size !== object.size) return refuse('size_mismatch');",
    '',
  ),
  ingest(
    'an object of another bucket is taken',
    "if (notice.bucket !== deps.uploadsBucket) return ignore('foreign_bucket', meta);",
    '',
  ),
  ingest(
    'an event without an order is believed',
    'const pointer = sequencer === undefined ? { bucket, key } : { bucket, key, versionId, eTag };',
    'const pointer = { bucket, key, versionId, eTag };',
  ),
  drive(
    'a complete set sends no finalize',
    "await queue.send('finalize', [finalizeMessageFor(upload.id)], upload.tenant);",
    '',
  ),
  drive('blocked steps get no outcome', 'if (blocked.length > 0) {', 'if (blocked.length > 1e9) {'),
  drive(
    'a lane is forgotten',
    'if (own.length > 0) await queue.send',
    "if (own.length > 0 && lane !== 'heavy') await queue.send",
  ),
  work(
    'nothing follows from outcomes',
    'await driveForward(answer.upload, causeOf(meta), { after: new Set(message.steps) });',
    '',
  ),
  work(
    'a step that should be retried is acknowledged',
    'if (retry !== undefined) throw retry;',
    '',
  ),
  work(
    'the last attempt records nothing',
    'else if (meta.lastAttempt) {',
    'else if (meta.attempt < 0) {',
  ),
  work(
    'nothing follows when a redelivery finds its work done',
    'await driveForward(upload, causeOf(meta), { after: new Set(message.steps) });',
    '',
  ),
  work(
    'a held lease is acknowledged',
    "if (lease === undefined && !meta.lastAttempt) throw new RetryableError('lease_held');",
    'if (lease === undefined && !meta.lastAttempt) return false;',
  ),
  work(
    'a held lease stops the last attempt too',
    'if (lease === undefined && !meta.lastAttempt)',
    'if (lease === undefined)',
  ),
  work(
    'a redelivery works steps that are done',
    'return work(message, steps, turn);\n  };',
    'return work(message, message.steps, turn);\n  };',
  ),
  work(
    'a lease is never given back after a failure',
    "if (claim !== 'held' && !isGivenBack) await board.release(lease);",
    '',
  ),
  work(
    'a lease is not given back with the outcomes',
    'await board.show(documentOf(answer.upload), lease);',
    'await board.show(documentOf(answer.upload));',
  ),
  step(
    'a deaf processor holds its worker',
    'await Promise.race([processor.run(input), aborted(time.signal)])',
    'await processor.run(input)',
  ),
  step(
    'an outcome of any shape passes',
    "if (!parsed.success) throw new NonRetryableError('invalid_outcome', { cause: parsed.error });",
    '',
  ),
  step('a derived file is written after the deadline', 'time.signal.throwIfAborted();', ''),
  finalize(
    'a lost race counts as won',
    "if (answer.kind === 'lost') throw new RetryableError('lost_race');",
    '',
  ),
  finalize('an ended upload is not announced again', 'else await announce(upload);', ''),
  finalize('the end is not announced', 'if (ended !== undefined) await announce(ended);', ''),
  finish(
    'no manifest is written',
    "await objects.putResult(manifestKey(id, generation), manifest, 'application/json');",
    '',
  ),
  finish(
    'a lost race of the last worker counts as won',
    "if (answer.kind === 'lost') throw new RetryableError('lost_race');",
    '',
  ),
  finish(
    'the last worker tells nobody of the end',
    'if (ended !== undefined) await tell(deps, ended);',
    '',
  ),
  finish(
    'what keeps the last worker from ending is forgotten',
    'if (error instanceof RetryableError) return false;',
    'if (error instanceof RetryableError) return true;',
  ),
  finish(
    'the last worker ends the member of a group',
    'if (upload.group !== undefined) return false;',
    '',
  ),
  work(
    'a redelivery does not tell of the end that it finds',
    'await tellIfEnded(deps, upload, message);',
    '',
  ),
  bury(
    'a dead message of an ended upload tells nobody',
    '} else if (answer.current?.generation === generation && !isLive(answer.current)) {',
    '} else if (answer.current === null) {',
  ),
  finalize(
    'an upload expires though its object is there',
    'if (object === undefined) {',
    'if (object !== null) {',
  ),
  finalize(
    'stuck steps are never given up',
    'if (upload.drives <= MAX_DRIVES) return;',
    'if (upload.drives <= 1e9) return;',
  ),
  finish(
    'a notification has another id each time',
    'id: `${upload.id}.${upload.generation}`',
    'id: `${upload.id}.${upload.rev}.${Math.random()}`',
  ),
  sweep('a lost race is driven all the same', "if (answer.kind === 'lost') return false;", ''),
  sweep('only one shard is swept', 'shard < DUE_SHARDS', 'shard < 1'),
  sweep('nothing is reconciled', 'found = await reconcile(signal);', ''),
  sweep(
    'a fresh object is announced again',
    'if (age < RECONCILE_AFTER_MS || age > RECONCILE_WITHIN_MS) continue;',
    '',
  ),
  sweep('one failure stops the sweep', 'failures.push(error);', 'throw error;'),
  sweep('the cursor is not kept', 'await cursors.keep(RECONCILE_JOB, page.cursor);', ''),
  bury(
    'a crashed step gets no outcome',
    "if (answer.kind === 'recorded') {",
    "if (answer.kind === 'recorded' && at < 0) {",
  ),
  bury('no dead letter is kept', "await keep(dead, 'crashed', uploadId);", ''),
  read('another tenant may read', 'thing.tenant === tenant &&', ''),
  read(
    'another owner may read',
    '(thing.owner === owner || thing.owner === BUCKET_OWNER)',
    'thing.owner !== undefined',
  ),
  read(
    'a session that was ended may read',
    "if (!(await caller.confirm(session))) throw new RequestError('unauthenticated');",
    '',
  ),
  read(
    'a view that is behind is believed',
    'entry.ready.rev < seenRev',
    'entry.ready.rev < 0 * seenRev',
  ),
  read('a view is believed for ever', 'Math.abs(clock.now() - shownAt)', '0 * shownAt'),
  wait(
    'who waits does not look again once it listens',
    'answer = await readStatus(caller, uploadId, Math.max(seenRev, answer.rev));',
    'if (looks > 0) answer = await readStatus(caller, uploadId, Math.max(seenRev, answer.rev));',
  ),
  wait(
    'who waits relies on the bell alone',
    'LISTENING_PAUSE_MS = 5_000',
    'LISTENING_PAUSE_MS = 5e9',
  ),
  wait('who waits goes on listening', 'listener?.close();', ''),
  verify('a revoked session holds', ": 'revoked';", ': session;'),
  verify(
    'a session holds for another tenant or user',
    'session === undefined || !belongsTo(session, claims)',
    'session === undefined',
  ),
  text(
    'half a document is shown',
    'if (head[7] !== checksum(ref, text.slice(marksEnd + 1))) return undefined;',
    '',
  ),
  text(
    'a document is shown to another owner',
    'crc32(rest, crc32(`${tenant} ${uploadId} ${owner}`))',
    'crc32(rest, crc32(`${tenant} ${uploadId}`))',
  ),
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
  scripts(
    'a held lease is taken',
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\n  redis",
    'redis',
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
  endGroup(
    'a group ends while a member is processed once more',
    'if (!members.every(({ upload }) => hasArrived(upload))) return;',
    '',
  ),
  endGroup(
    'a group ends before all of its members have',
    'if (awaitedOf(group).length > 0) return;\n    const members',
    'const members',
  ),
  endGroup(
    'the sweep forgets a group before anybody is told',
    "await queue.send('notifications', [notificationOf(group)], group.tenant);\n    await groups.settle(group.id);",
    "await groups.settle(group.id);\n    await queue.send('notifications', [notificationOf(group)], group.tenant);",
  ),
  endGroup(
    'a group that was told of is told of again',
    'if (group.dueAt === undefined) return;',
    '',
  ),
  groupStore('a group ends twice', ' AND attribute_not_exists(ended)', ''),
  groupStore(
    'a group is forgotten before its end',
    "ConditionExpression: 'attribute_exists(ended)'",
    "ConditionExpression: 'attribute_exists(pk)'",
  ),
  groupStore('two sweeps drive a group', "'dueAt = :seen'", "'attribute_exists(pk)'"),
  reuse('an outcome crosses tenants', 'earlier.tenant === tenant &&', ''),
  reuse('an outcome of another version is taken over', 'planned?.version === step.version &&', ''),
  reuse('an outcome of a deleted upload is taken over', '!isDeleted(earlier) &&', ''),
  reuse('an outcome of another type is taken over', 'earlier.type === type &&', ''),
  takeOver(
    'a declared digest is believed',
    'if ((await objects.verifiedSha256(object)) !== sha256) return [];',
    '',
  ),
  takeOver('the index is believed', '&& digestOf(found) === sha256', ''),
  takeOver('derived files are not copied', '{ ...file, key } : undefined', 'file : undefined'),
];
