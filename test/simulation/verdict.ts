/** The last judgement: when nothing is left to happen, everything that went in is accounted for. */
import { manifestKey } from '../../shared/domain/object-key.ts';
import { isDeleted, isLive, type Upload } from '../../shared/domain/upload.ts';
import { ALL_QUEUES } from './broker.ts';
import { burialProblem } from './burial.ts';
import { expectedOf, LEFT_BEHIND } from './contents.ts';
import { groupProblems } from './groups.ts';
import { type Arrival, generationKey } from './ledger.ts';
import type { Problem } from './problem.ts';
import { webhookProblems } from './webhooks.ts';
import type { World } from './world.ts';

/** Codes that tell of the world around the bytes: only where something went wrong may a step or an upload end so. */
const CIRCUMSTANCES: ReadonlySet<string> = new Set([
  'storage_unavailable',
  'store_unavailable',
  'queue_unavailable',
  'deadline_exceeded',
  'lost_race',
  'unknown_processor',
  'crashed',
  'stuck',
  'internal',
]);

const l1 = (what: string): Problem => ({ law: 'L1', what });
const l3 = (what: string): Problem => ({ law: 'L3', what });

/** Every generation of an upload, oldest first. */
const generationsOf = ({ truth }: World, row: Upload): readonly Upload[] => [
  ...truth.rows
    .archives()
    .filter(({ id, generation }) => id === row.id && generation < row.generation)
    .sort((left, right) => left.generation - right.generation),
  row,
];

const isSameBytes = (arrival: Arrival, { object }: Upload): boolean =>
  object?.eTag === arrival.object.eTag && object.lastModified === arrival.object.lastModified;

/** Why an arrival that no generation is about is rightly ignored; undefined when it is not. */
const reasonToIgnore = (
  world: World,
  arrival: Arrival,
  generations: readonly Upload[],
): string | undefined => {
  const { versionId } = arrival.object;
  const current = generations.at(-1);
  if (current === undefined) {
    return world.ledger.wasRemoved(versionId) ? 'removed before anybody looked' : undefined;
  }
  if (isDeleted(current)) return 'its upload was deleted';
  if (current.origin === 'api') {
    if (current.object !== undefined) return 'one object only';
    const end = world.ledger.endOf(current.id, current.generation);
    return end !== undefined && end.at < arrival.at ? 'arrived after the end' : undefined;
  }
  if (world.ledger.wasRemoved(versionId)) return 'removed before anybody looked';
  const isNewer = generations.some(({ object }) => (object?.versionId ?? '') > versionId);
  if (isNewer) return 'superseded before anybody looked';
  if (generations.some((row) => isSameBytes(arrival, row))) {
    return 'the same bytes in the same second';
  }
  // What is there now cannot be told from what was processed, neither by a listing nor by anybody who reads it.
  const isBackAgain = world.ledger
    .arrivals()
    .some(
      (later) =>
        later.uploadId === current.id &&
        later.object.versionId > versionId &&
        generations.some((row) => isSameBytes(later, row)),
    );
  return isBackAgain ? 'overwritten within its second by bytes already processed' : undefined;
};

const arrivalProblem = (world: World, arrival: Arrival): Problem | undefined => {
  const row = world.truth.rows.uploads().find(({ id }) => id === arrival.uploadId);
  const generations = row === undefined ? [] : generationsOf(world, row);
  const { versionId } = arrival.object;
  if (generations.some(({ object }) => object?.versionId === versionId)) return undefined;
  const reason = reasonToIgnore(world, arrival, generations);
  if (reason === undefined) return l1(`${versionId} came in and came to nothing`);
  world.ledger.cover(`ignored: ${reason}`);
  return undefined;
};

const generationProblem = (
  world: World,
  row: Upload,
  next: Upload | undefined,
): Problem | undefined => {
  const { ledger } = world;
  const key = generationKey(row.id, row.generation);
  const ended = ledger.endOf(row.id, row.generation);
  if (isLive(row)) {
    if (next === undefined) return l1(`still ${row.state}`);
    if (row.origin === 'api' || row.state !== 'processing') {
      return l1(`generation ${row.generation} was left ${row.state}`);
    }
    return ended === undefined
      ? undefined
      : { law: 'L2', what: `${key} ended, yet its last row is live` };
  }
  if (ended === undefined) return { law: 'L2', what: `${key} has an end that nobody wrote` };
  const isAsEnded = ended.row === row || JSON.stringify(ended.row) === JSON.stringify(row);
  if (!isDeleted(row) && !isAsEnded) {
    return { law: 'L2', what: `${key} is not what it ended as` };
  }
  const ids = ledger.notifications().get(key);
  if (ids === undefined) {
    if (!ledger.lostAfterTheEndOf(row.id))
      return l1(`nobody was told that ${key} ended as ${row.state}`);
    ledger.cover('untold, because a message was taken away after the end');
    return undefined;
  }
  if (ids.size > 1) return { law: 'L2', what: `${key} was told under ${ids.size} ids` };
  return undefined;
};

/** Does a step's outcome say what its content makes of it, or that circumstances prevented it? */
const outcomeProblem = (
  { ledger }: World,
  row: Upload,
  arrival: Arrival,
  mayFail: boolean,
): Problem | undefined => {
  const expected = expectedOf(arrival.bytes, arrival.declared?.sha256);
  for (const { name } of row.plan) {
    const outcome = row.outcomes[name];
    const wanted = expected[name];
    if (outcome === undefined || wanted === undefined) continue;
    if (outcome.state === 'succeeded') {
      if (typeof wanted === 'string') return l3(`${name} succeeded, but must be ${wanted}`);
      if (JSON.stringify(outcome.result) !== JSON.stringify(wanted.result)) {
        return l3(`${name} says ${JSON.stringify(outcome.result)}`);
      }
      const files = outcome.files.map((file) => file.name).sort();
      if (files.join() !== [...wanted.files].sort().join())
        return l3(`${name} has files ${files.join()}`);
      continue;
    }
    if (outcome.code === wanted) continue;
    if (outcome.code === 'source_gone' && ledger.isGone(arrival.object.versionId)) continue;
    const isSkipped = outcome.state === 'skipped' && outcome.code === 'dependency_failed';
    // A process that is stopped cannot know it; a stalled storage must not be taken for the step's own time.
    const isOverTime = outcome.code === 'over_budget' && outcome.message.includes('wallSeconds');
    const isTime = isOverTime && ledger.wasPaused(outcome.requestId);
    const isCircumstance = CIRCUMSTANCES.has(outcome.code) || isSkipped || isTime;
    const isExplained = mayFail || ledger.isGone(arrival.object.versionId);
    if (!isCircumstance || !isExplained)
      return { law: 'L8', what: `${name} ended as ${outcome.code}` };
  }
  return undefined;
};

const filesProblem = (world: World, generations: readonly Upload[]): Problem | undefined => {
  const results = world.truth.bucket.results();
  const allowed = new Set<string>();
  for (const row of generations) {
    const prefix = `results/${row.id}/${row.generation}`;
    for (const { name } of row.plan) {
      for (const file of LEFT_BEHIND[name] ?? []) allowed.add(`${prefix}/${name}/${file}`);
      const outcome = row.outcomes[name];
      for (const file of outcome?.state === 'succeeded' ? outcome.files : []) {
        const stored = results.get(file.key);
        if (stored?.bytes.byteLength !== file.size) return l3(`${file.key} is not there as named`);
        allowed.add(file.key);
      }
    }
    const manifest = manifestKey(row.id, row.generation);
    if (isDeleted(row)) continue;
    const needsManifest =
      row.state === 'completed' || (row.state === 'failed' && row.plan.length > 0);
    if (needsManifest && !results.has(manifest)) return l3(`${manifest} is missing`);
    if (needsManifest || row.state === 'processing') allowed.add(manifest);
  }
  const [first] = generations;
  for (const key of results.keys()) {
    if (!key.startsWith(`results/${first?.id}/`) || allowed.has(key)) continue;
    return l3(`${key} belongs to nothing`);
  }
  return undefined;
};

/** The newest version that is still there must be the one the upload is about. */
const latestProblem = (world: World, row: Upload): Problem | undefined => {
  const { truth } = world;
  if (row.origin === 'api' || row.object === undefined) return undefined;
  const latest = truth.bucket.versions(row.object.key).at(-1);
  if (latest?.bytes === undefined || latest.versionId <= (row.object.versionId ?? ''))
    return undefined;
  const isSame = latest.eTag === row.object.eTag && latest.lastModified === row.object.lastModified;
  return isSame
    ? undefined
    : { law: 'L4', what: `${latest.versionId} is there, ${row.object.versionId} is shown` };
};

const expiryProblem = ({ ledger }: World, row: Upload): Problem | undefined => {
  if (row.state !== 'expired') return undefined;
  const end = ledger.endOf(row.id, row.generation);
  const early = ledger
    .arrivals()
    .find(
      ({ uploadId, at, object }) =>
        uploadId === row.id && at < (end?.at ?? 0) && !ledger.wasRemoved(object.versionId),
    );
  return early === undefined
    ? undefined
    : l1(`expired, although ${early.object.versionId} was there`);
};

const uploadProblems = (world: World, row: Upload, mayFail: boolean): readonly Problem[] => {
  const generations = generationsOf(world, row);
  const arrivals = world.ledger.arrivals();
  return [
    isDeleted(row) ? burialProblem(world, row) : undefined,
    latestProblem(world, row),
    expiryProblem(world, row),
    filesProblem(world, generations),
    ...generations.map((each, index) => generationProblem(world, each, generations[index + 1])),
    ...generations.map((each) => {
      const arrival = arrivals.find(({ object }) => object.versionId === each.object?.versionId);
      return arrival && outcomeProblem(world, each, arrival, mayFail);
    }),
  ].filter((problem) => problem !== undefined);
};

const platformProblems = (world: World): readonly Problem[] => {
  const { stores, ledger, truth } = world;
  const left = ALL_QUEUES.flatMap((queue) =>
    stores.broker.messages(queue).map(({ messageId }) => l1(`${messageId} is left in ${queue}`)),
  );
  const unburied = stores.broker.messages('unburied');
  if (unburied.length > 0) ledger.cover('not even buried');
  const letters = truth.letters.all();
  for (const { code } of letters) ledger.cover(`dead letter: ${code}`);
  const strange = letters.flatMap(({ messageId, queue, body, code, uploadId, message }) => {
    if (message === '') return [{ law: 'L8', what: `dead letter ${messageId} has no sentence` }];
    if (ledger.isPoison(body)) return [];
    const row = truth.rows.uploads().find(({ id }) => id === uploadId);
    const isOfGroup = queue === 'notifications' && uploadId === undefined;
    if (code === 'crashed' && (row !== undefined || isOfGroup)) return [];
    return [l1(`dead letter ${messageId} (${code}) belongs to nothing`)];
  });
  const kept = new Set([...letters, ...unburied].map(({ messageId }) => messageId));
  const missing = ledger
    .missingPoison(kept)
    .map((id) => l1(`poison ${id} vanished without a trace`));
  return [...left, ...strange, ...missing];
};

/** Writes every broken law into the ledger. */
export const judge = (world: World, mayFail: boolean): void => {
  const { ledger, truth } = world;
  const ofNoUpload = [...platformProblems(world), ...groupProblems(world)];
  for (const problem of ofNoUpload) ledger.violate({ ...problem, uploadId: '' });
  for (const violation of webhookProblems(world)) ledger.violate(violation);
  for (const arrival of ledger.arrivals()) {
    const problem = arrivalProblem(world, arrival);
    if (problem !== undefined) ledger.violate({ ...problem, uploadId: arrival.uploadId });
  }
  for (const row of truth.rows.uploads()) {
    for (const problem of uploadProblems(world, row, mayFail)) {
      ledger.violate({ ...problem, uploadId: row.id });
    }
  }
};
