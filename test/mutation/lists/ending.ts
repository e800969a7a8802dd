/** How uploads and groups end, and who sees to it that they do. */
import { inFile, type Mutation } from '../mutation.ts';

const finalize = inFile('shared/usecases/finalize-upload.ts', 'unit/usecases/finalize-upload');
const finish = inFile(
  'shared/usecases/finish-upload.ts',
  'unit/usecases/fini',
  'unit/usecases/run-steps',
  'unit/usecases/finalize-upload',
);
const sweep = inFile('shared/usecases/sweep.ts', 'unit/usecases/sweep');
const reconcile = inFile('shared/usecases/reconcile.ts', 'unit/usecases/reconcile');
const redrive = inFile('shared/usecases/redrive-letters.ts', 'unit/usecases/redrive-letters');
const bury = inFile('shared/usecases/bury-message.ts', 'unit/usecases/bury-message');
const defer = inFile('shared/usecases/defer-webhook.ts', 'unit/webhooks/dead-messages');
const notify = inFile('shared/usecases/notify-webhooks.ts', 'unit/webhooks/dead-messages');
const endGroup = inFile('shared/usecases/end-group.ts', 'unit/usecases/end-group');

export const ending: readonly Mutation[] = [
  finalize(
    'a lost race counts as won',
    "if (answer.kind === 'lost') throw new RetryableError('lost_race');",
    '',
  ),
  finalize('an ended upload is not announced again', 'else await announce(upload, meta);', ''),
  finalize('the end is not announced', 'if (ended !== undefined) await announce(ended, meta);', ''),
  finalize(
    'an upload expires though its object is there',
    'if (object === undefined) {',
    'if (object !== null) {',
  ),
  finalize(
    'stuck steps are never given up',
    'if (drivesInVain(upload) <= MAX_DRIVES) return;',
    'if (drivesInVain(upload) <= 1e9) return;',
  ),
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
  finish(
    'a notification has another id each time',
    'id: `${upload.id}.${upload.generation}`',
    'id: `${upload.id}.${upload.rev}.${Math.random()}`',
  ),
  sweep('a lost race is driven all the same', "if (answer.kind === 'lost') return false;", ''),
  sweep('only one shard is swept', 'length: DUE_SHARDS', 'length: 1'),
  sweep('nothing is reconciled', 'found = seen.found;', ''),
  redrive(
    'a letter is used up before it can do anything',
    'steps.every((step) => step in upload.outcomes)',
    'false',
  ),
  sweep(
    'one failure stops the sweep',
    'failures.push(new Error(failed, { cause }));',
    'throw cause;',
  ),
  reconcile('the cursor is not kept', 'await cursors.keep(JOB, JSON.stringify(next));', ''),
  reconcile(
    'one that cannot be looked at stops the look',
    'failures.push(new Error(`${object.key} was not looked at.`, { cause }));',
    'throw cause;',
  ),
  reconcile(
    'a lap without a look is done',
    'page.cursor === undefined && !signal.aborted',
    '(signal.aborted ? last : page.cursor) === undefined',
  ),
  reconcile('a lap in which one failed is whole', ' && failures.length === 0', ''),
  reconcile(
    'what there was no time for is passed over',
    'signal.aborted ? last : page.cursor',
    'page.cursor',
  ),
  bury(
    'a dead message of an ended upload tells nobody',
    'if (current?.generation === generation && !isLive(current)) {',
    'if (current === null) {',
  ),
  bury(
    'a crashed step gets no outcome',
    "if (answer.kind === 'recorded') {",
    "if (answer.kind === 'recorded' && at < 0) {",
  ),
  bury('no dead letter is kept', "await keep(dead, 'crashed', uploadId);", ''),
  notify(
    'what was begun for a webhook is forgotten when it is turned off',
    'await (isWanted ? make(webhookId) : deliveries.find({ webhookId, id }))',
    'await (isWanted ? make(webhookId) : undefined)',
  ),
  defer(
    'a delivery whose message died is not swept',
    'await ensureSwept(deps, { tenant, id: webhookId });',
    '',
  ),
  defer(
    'a delivery whose message died is not due',
    'if (isOpenTurn(delivery, turn)) await putDelivery(deps, parked(delivery, clock.now()));',
    '',
  ),
  endGroup(
    'a group ends while a member is processed once more',
    'if (members.every(({ upload }) => hasArrived(upload))) await end',
    'await end',
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
];
