/** The way of a file up to its steps, and of each step to its outcome. */
import { inFile, type Mutation } from '../mutation.ts';

const ingest = inFile(
  'shared/usecases/ingest-object.ts',
  'unit/usecases/ingest-object',
  'unit/usecases/ingest-order',
);
const drive = inFile(
  'shared/usecases/drive-forward.ts',
  'unit/usecases/drive-forward',
  'unit/usecases/split-table',
);
const work = inFile('shared/usecases/run-steps.ts', 'unit/usecases/run-steps');
const PARTS = ['unit/processors/table-parts', 'unit/usecases/split-table'] as const;
const joined = inFile('shared/processors/table/parts/joined-table.ts', ...PARTS);
const meeting = inFile('shared/processors/table/parts/meeting.ts', ...PARTS);
const partRange = inFile('shared/processors/table/parts/part-range.ts', ...PARTS);
const step = inFile('shared/usecases/run-step.ts', 'unit/usecases/run-step.');
const takeOver = inFile('shared/usecases/reuse-outcomes.ts', 'unit/usecases/reuse-outcomes');

export const intake: readonly Mutation[] = [
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
    'if (messages.length === 0) return;',
    "if (messages.length === 0 || lane === 'heavy') return;",
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
  work(
    'a redelivery does not tell of the end that it finds',
    'await tellIfEnded(deps, upload, message);',
    '',
  ),
  step(
    'a step goes on past its attempt',
    'joinSignals(attempt, own.signal)',
    'joinSignals(own.signal)',
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
  step('a derived file is written after the deadline', '        signal.throwIfAborted();\n', ''),
  takeOver(
    'a declared digest is believed',
    'if ((await objects.verifiedSha256(object)) !== sha256) return [];',
    '',
  ),
  takeOver('the index is believed', '&& digestOf(found) === sha256', ''),
  takeOver('derived files are not copied', '{ ...file, key } : undefined', 'file : undefined'),
  drive(
    'the parts of a file share a worker',
    'partStepIn(name) === undefined',
    'name !== undefined',
  ),
  joined('every part begins at a record', 'open === undefined ? ofRecord : ofQuoted', 'ofRecord'),
  joined('an open record is forgotten', 'if (part.open?.isRest === false) open = part.open;', ''),
  joined(
    'a field that is cut counts by its end',
    'joinedValue(record.value, fields[0])',
    'fields[0] ?? NOTHING',
  ),
  meeting(
    'two readings meet anywhere',
    'one === RECORD_START && other === RECORD_START',
    'one === other',
  ),
  partRange('a CR is cut from its LF', ' && bytes[index + 1] !== LF', ''),
];
