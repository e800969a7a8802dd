/** The story of an upload in plain sentences, for whoever has to find out at night what became of it. */
import { childrenOf, parentOf } from './children.ts';
import { MAX_DRIVES } from './due.ts';
import { isTransient } from './errors.ts';
import { type HistoryEntry, historyOf } from './history.ts';
import { isShownStep, partStepIn } from './part.ts';
import { CHILDREN_STEP, type PlannedStep, progressOf } from './plan.ts';
import {
  type AwaitingUpload,
  drivesInVain,
  type EndedUpload,
  isDeleted,
  type ProcessingUpload,
  type Upload,
} from './upload.ts';

/** The sweep runs every minute; what is overdue for longer waits for a sweep that does not come. */
const SWEEP_LATE_MS = 5 * 60_000;

const instant = (at: number): string => new Date(at).toISOString();

const listed = (words: readonly string[]): string => words.join(', ');

/** JSON quotes, so that no name can pretend to be more of the story or reach a terminal's escapes. */
const quoted = (name: string): string => JSON.stringify(name);

const whatItIs = (upload: Upload): string => {
  const { id, tenant, owner, declared, object } = upload;
  const whose = `Upload ${id} of tenant ${tenant}`;
  if (declared === undefined) {
    const key = object === undefined ? '' : ` as ${quoted(object.key)}`;
    return `${whose}: put into the bucket by another tool${key}.`;
  }
  const { name, size, type } = declared;
  const parent = parentOf(upload);
  if (parent !== undefined) {
    const { uploadId, generation } = parent;
    return `${whose}, owner ${quoted(owner)}: ${quoted(name)}, ${size} bytes in the archive of ${uploadId}, generation ${generation}.`;
  }
  return `${whose}, owner ${quoted(owner)}: ${quoted(name)}, declared as ${size} bytes of ${type}.`;
};

const whatArrived = ({ object, type, generation }: Upload): readonly string[] => {
  if (object === undefined) return [];
  const version = object.versionId === undefined ? '' : `, version ${object.versionId}`;
  const kind = type === undefined ? '' : `, ${type} by its bytes`;
  return [`Generation ${generation} is about ${object.size} bytes${version}${kind}.`];
};

const causeOf = ({ requestId, attempt }: HistoryEntry): string => {
  if (requestId === undefined) return '';
  return attempt === undefined || attempt === 1
    ? ` (request ${requestId})`
    : ` (request ${requestId}, delivery ${attempt})`;
};

const stepSentence = ({ step, state, code, durationMs, reused }: HistoryEntry): string => {
  if (reused === true) return `${step} took over what it had come to for the same bytes before`;
  if (state === 'succeeded') return `${step} succeeded in ${durationMs} ms`;
  if (state === 'skipped') return `${step} was skipped: ${code}`;
  return `${step} failed after ${durationMs} ms: ${code}`;
};

const eventSentence = (entry: HistoryEntry): string => {
  const { event, generation, state } = entry;
  switch (event) {
    case 'created':
      return 'it was announced through the API';
    case 'accepted':
      return `its object had arrived and generation ${generation} began`;
    case 'refused':
      return `what had arrived was refused; generation ${generation} ended as ${state}`;
    case 'driven':
      return 'the sweep found it overdue and sent it on again';
    case 'reprocess_requested':
      return `an operator had it processed once more, as generation ${generation}`;
    case 'step_ended':
      return stepSentence(entry);
    case 'ended':
      return `generation ${generation} ended as ${state}`;
    case 'deleted':
      return 'its owner deleted it';
    case 'erased':
      return 'nothing was left of it';
    case 'superseded':
      return `a newer version of the object took the place of generation ${generation}`;
  }
};

/** One change in a sentence that begins with its time. */
export const historySentence = (entry: HistoryEntry): string =>
  `${entry.at} ${eventSentence(entry)}${causeOf(entry)}.`;

const looksAgain = (upload: AwaitingUpload | ProcessingUpload, now: number): string => {
  const { dueAt } = upload;
  const times = `It was sent on ${drivesInVain(upload)} times without an answer, ${MAX_DRIVES} is the most.`;
  return now > dueAt + SWEEP_LATE_MS
    ? `The sweep should have looked at it at ${instant(dueAt)} and has not: see whether it runs. ${times}`
    : `If nothing else happens, the sweep looks at it at ${instant(dueAt)}. ${times}`;
};

/** Steps by name; of those on parts of the file, how many. */
const named = (steps: readonly string[]): readonly string[] => {
  const parts = new Map<string, number>();
  for (const name of steps) {
    const step = partStepIn(name)?.step;
    if (step !== undefined) parts.set(step, (parts.get(step) ?? 0) + 1);
  }
  const counted = [...parts].map(([step, count]) => `${count} of the parts of ${step}`);
  return [...steps.filter(isShownStep), ...counted];
};

const openStep = (step: PlannedStep, upload: ProcessingUpload): string => {
  const awaited = step.needs.filter((need) => upload.outcomes[need] === undefined);
  if (awaited.length > 0) return `${step.name} waits for ${listed(named(awaited))}`;
  if (step.name !== CHILDREN_STEP) return `${step.name} is in the ${step.lane} lane`;
  const { count, ended } = childrenOf(upload) ?? { count: 0, ended: 0 };
  return `${step.name} waits for the children: at least ${ended} of ${count} have ended`;
};

const whatIsAwaited = (upload: ProcessingUpload): string => {
  const { plan, outcomes } = upload;
  if (progressOf(plan, outcomes).complete) {
    return 'It is being processed: every step has ended, and it waits for the finalizer.';
  }
  const open = plan.filter(({ name }) => outcomes[name] === undefined);
  const ended = plan.length - open.length;
  // What is told of the step that waits for its parts tells of them.
  const told = open.filter(({ name }) => isShownStep(name));
  const rest = told.map((step) => openStep(step, upload)).join('; ');
  return `It is being processed: ${ended} of ${plan.length} steps have ended. ${rest}.`;
};

const howItEnded = (upload: EndedUpload): readonly string[] => {
  const { state, endedAt, failure, id } = upload;
  if (isDeleted(upload)) {
    const rest =
      upload.erasure === undefined ? 'Nothing of it is left.' : 'The rest is being erased.';
    return [`It was deleted by its owner at ${instant(upload.deletedAt)}. ${rest}`];
  }
  if (failure === undefined) return [`It has been ${state} since ${instant(endedAt)}.`];
  const where = failure.step === undefined ? '' : ` in step ${failure.step}`;
  const told = `It ended as ${state} at ${instant(endedAt)}${where}: ${failure.code}. ${failure.message}`;
  if (state !== 'failed') return [told];
  const again = `{"command":"reprocess","uploadId":"${id}"}`;
  return [
    told,
    isTransient(failure.code)
      ? `The file is not to blame. When the cause is gone, process it once more: ${again}`
      : `The same bytes fail in the same way: processing once more (${again}) helps only after a new version of the step.`,
  ];
};

const howItIs = (upload: Upload, now: number): readonly string[] => {
  if (upload.state === 'awaiting_upload') {
    const isOver = now > upload.uploadDeadline;
    const address = `Its upload address ${isOver ? 'ran' : 'runs'} out at ${instant(upload.uploadDeadline)}.`;
    return [
      `It waits for its object: no event has told of one. ${address}`,
      looksAgain(upload, now),
    ];
  }
  if (upload.state === 'processing') return [whatIsAwaited(upload), looksAgain(upload, now)];
  return howItEnded(upload);
};

/**
 * What it is, all that happened to it in order, and how it is now with what can be done.
 * @param archived its earlier generations, oldest first.
 * @param now milliseconds since the epoch.
 */
export const explain = (
  upload: Upload,
  archived: readonly Upload[],
  now: number,
): readonly string[] => [
  whatItIs(upload),
  ...historyOf(upload, archived).map(historySentence),
  ...whatArrived(upload),
  ...howItIs(upload, now),
];
