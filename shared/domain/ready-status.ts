/**
 * A status ready to be sent: its JSON, made once when the state changes, and beside it the little that an answer needs to
 * know, so that a poll neither reads nor makes JSON. Polls outnumber changes.
 */
import type { StatusDocument, StepStatus, UploadStatus } from './status.ts';
import { isLiveState, type UploadState } from './upload.ts';

/** How far a running step is; a hint beside the document. */
export interface StepMark {
  readonly generation: number;
  readonly startedAt: number;
  readonly attempt: number;
}

/** By step. */
export type StepMarks = Readonly<Record<string, StepMark>>;

/** A step that may begin to run while this status is shown, and where in the JSON it stands, in UTF-16 units. */
export interface OpenStep {
  readonly name: string;
  readonly start: number;
  readonly length: number;
}

/** JSON of a `T`; a text becomes one only where it is made. */
export type JsonOf<T> = string & { readonly of?: T };

export interface ReadyStatus {
  readonly tenant: string;
  readonly owner: string;
  readonly id: string;
  readonly rev: number;
  readonly generation: number;
  readonly state: UploadState;
  readonly updatedAt: number;
  readonly deletedAt?: number | undefined;
  readonly openSteps: readonly OpenStep[];
  /** With every open step as queued. */
  readonly json: JsonOf<UploadStatus>;
}

/** The same status gives the same bytes, wherever it is made: a strong ETag relies on it. */
export const readyOf = ({ tenant, owner, deletedAt, status }: StatusDocument): ReadyStatus => {
  const { steps, ...rest } = status;
  const openSteps: OpenStep[] = [];
  let json = `${JSON.stringify(rest).slice(0, -1)},"steps":[`;
  for (const [index, step] of steps.entries()) {
    if (index > 0) json += ',';
    const text = JSON.stringify(step);
    if (step.state === 'queued' && isLiveState(status.state)) {
      openSteps.push({ name: step.name, start: json.length, length: text.length });
    }
    json += text;
  }
  const { id, rev, generation, state } = status;
  return {
    ...{ tenant, owner, id, rev, generation, state },
    updatedAt: Date.parse(status.updatedAt),
    ...(deletedAt === undefined ? {} : { deletedAt }),
    openSteps,
    json: `${json}]}` as JsonOf<UploadStatus>,
  };
};

/** The marks that say something about this status: of its generation, and of steps that are open. */
const marksOn = ({ generation, openSteps }: ReadyStatus, marks: StepMarks) =>
  openSteps.flatMap((step) => {
    const mark = marks[step.name];
    return mark?.generation === generation ? [{ ...step, mark }] : [];
  });

/** The JSON with the steps that run now as running: only theirs is read and made again. */
export const jsonWith = (ready: ReadyStatus, marks: StepMarks): JsonOf<UploadStatus> => {
  const whole = ready.json;
  let json = '';
  let end = 0;
  for (const { start, length, mark } of marksOn(ready, marks)) {
    // Ours, from `readyOf`, and guarded by a checksum where it was away.
    const queued = JSON.parse(whole.slice(start, start + length)) as StepStatus;
    const startedAt = new Date(mark.startedAt).toISOString();
    const running = { ...queued, state: 'running', attempts: mark.attempt, startedAt };
    json += whole.slice(end, start) + JSON.stringify(running);
    end = start + length;
  }
  return end === 0 ? whole : ((json + whole.slice(end)) as JsonOf<UploadStatus>);
};

export interface Running {
  readonly steps: number;
  /** When the last of them began. */
  readonly since: number;
}

/** What runs now; undefined when nothing does. */
export const runningIn = (ready: ReadyStatus, marks: StepMarks): Running | undefined => {
  const on = marksOn(ready, marks);
  if (on.length === 0) return undefined;
  return { steps: on.length, since: Math.max(...on.map(({ mark }) => mark.startedAt)) };
};

/**
 * Names what is answered: the revision, and, as a step that begins to run changes the answer but not the revision, what
 * runs beside it.
 */
export const tagOf = (rev: number, running: Running | undefined): string =>
  running === undefined ? `${rev}` : `${rev}-${running.steps}${running.since.toString(36)}`;

/** The revision in a tag of ours; 0 for any other text. */
export const revIn = (tag: string): number =>
  Number(/^(\d{1,15})(?:-[0-9a-z]{1,24})?$/.exec(tag)?.[1] ?? 0);
