/** The rules: what may follow from what. */
import { inFile, type Mutation } from '../mutation.ts';

const transition = inFile('shared/domain/transition.ts', 'unit/domain/transition');
const order = inFile('shared/domain/object-version.ts', 'unit/domain/object-version');
const plan = inFile('shared/domain/plan.ts', 'unit/domain/plan');
const due = inFile('shared/domain/due.ts', 'unit/domain/due');
const upload = inFile('shared/domain/upload.ts', 'unit/usecases/sweep');
const lap = inFile('shared/domain/lap.ts', 'unit/domain/lap');
const reuse = inFile('shared/domain/reuse.ts', 'unit/domain/reuse');

const REFUSES = 'if (upload.generation !== event.generation) return';

export const domain: readonly Mutation[] = [
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
  transition('a re-drive is not counted', 'drivesInVain(upload) + 1;', 'drivesInVain(upload);'),
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
  // So many that no day is long enough, and few enough that who drives until it gives up comes to an end.
  due('re-drives never give up', 'export const MAX_DRIVES = 8;', 'export const MAX_DRIVES = 999;'),
  due('a slow form is not waited for', ' + minutes * MINUTE', ''),
  upload(
    're-drives before a step ended count for the next',
    'Object.keys(upload.outcomes).length > drivenWith',
    'drivenWith < 0',
  ),
  lap('a fresh object is announced again', 'if (age < OLD_ENOUGH_MS) return false;', ''),
  lap(
    'what grew old before anybody saw it is not looked at',
    'if (lastModified + EAGERLY_MS > seenUntil) return true;',
    '',
  ),
  lap('a lap has seen what came while it ran', 'lap.isWhole ? lap.begunAt', 'lap.isWhole ? now'),
  reuse('an outcome crosses tenants', 'earlier.tenant === tenant &&', ''),
  reuse('an outcome of another version is taken over', 'planned?.version === step.version &&', ''),
  reuse('an outcome of a deleted upload is taken over', '!isDeleted(earlier) &&', ''),
  reuse('an outcome of another type is taken over', 'earlier.type === type &&', ''),
  plan('a step does not wait for its parts', 'needs: [...needs, ...parts] }', 'needs }'),
];
