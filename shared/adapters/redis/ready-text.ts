/**
 * A ready status as one text: a head, the marks of running steps, where the open steps are, and the JSON, each on a line.
 * A poll cuts it at the first three line ends and reads the head; the scripts touch nothing but head and marks.
 */
import { crc32 } from 'node:zlib';
import type { OpenStep, ReadyStatus, StepMark, StepMarks } from '../../domain/ready-status.ts';
import { UPLOAD_STATES, type UploadState } from '../../domain/upload.ts';
import type { ShownRef } from '../../ports/status-board.ts';
import type { BoardEntry } from '../../ports/status-desk.ts';
import { marksOf } from '../board-terms.ts';
import { packedJson, unpackedJson } from './packed-json.ts';

/** Of this format; the scripts look for it too. */
export const VERSION = 'S2';
const MARK = /^(\d{1,10}):(\d{1,15}):(\d{1,10})$/;
const STATES: ReadonlySet<string> = new Set(UPLOAD_STATES);
/** A document is a few KB; a row of the state could not be larger than 400 KB either. */
const MAX_CHARACTERS = 1_000_000;

/** Head and rest; the marks between them are the scripts' own. */
export interface ReadyText {
  readonly head: string;
  readonly rest: string;
}

/** Of whose it is, and of what no script touches, so that half a document, or somebody else's, is none. */
const checksum = ({ tenant, owner, uploadId }: ShownRef, rest: string): string =>
  crc32(rest, crc32(`${tenant} ${uploadId} ${owner}`)).toString(16);

export const readyText = (ready: ReadyStatus, shownAt: number): ReadyText => {
  const { tenant, owner, id, rev, generation, state, updatedAt, deletedAt = 0 } = ready;
  const open = ready.openSteps.map(({ name, start, length }) => `${name}:${start}:${length}`);
  const rest = `${open.join(';')}\n${packedJson(ready.json)}`;
  const sum = checksum({ tenant, owner, uploadId: id }, rest);
  const head = [VERSION, rev, generation, state, updatedAt, shownAt, deletedAt, sum].join(' ');
  return { head, rest };
};

export const markText = ({ generation, startedAt, attempt }: StepMark): string =>
  `${generation}:${startedAt}:${attempt}`;

const marksIn = (line: string): StepMarks => {
  if (line === '') return {};
  const marks: [string, StepMark][] = [];
  for (const entry of line.split(';')) {
    const [step = '', text = ''] = entry.split('=');
    const parsed = MARK.exec(text);
    if (parsed === null) continue;
    const [generation = 0, startedAt = 0, attempt = 0] = parsed.slice(1).map(Number);
    marks.push([step, { generation, startedAt, attempt }]);
  }
  return Object.fromEntries(marks);
};

const openIn = (line: string): readonly OpenStep[] =>
  line === ''
    ? []
    : line.split(';').map((entry) => {
        const [name = '', start, length] = entry.split(':');
        return { name, start: Number(start), length: Number(length) };
      });

const isState = (text: string): text is UploadState => STATES.has(text);

/** Version, rev, generation, state, updated at, shown at, deleted at, checksum. */
const HEAD =
  /^S2 (\d{1,15}) (\d{1,15}) ([a-z_]{1,20}) (\d{1,15}) (\d{1,15}) (\d{1,15}) ([0-9a-f]{1,8})\n/;

const NO_MARKS: StepMarks = Object.freeze({});
const NO_STEPS: readonly OpenStep[] = Object.freeze([]);

/**
 * Undefined for every text that is not what this version shows of this upload of this owner. Every poll comes by here:
 * where no step runs, nothing but the head is read.
 */
export const entryOf = (text: string, ref: ShownRef, now: number): BoardEntry | undefined => {
  if (text.length > MAX_CHARACTERS) return undefined;
  const head = HEAD.exec(text);
  const state = head?.[3] ?? '';
  if (head === null || !isState(state)) return undefined;
  const headEnd = head[0].length - 1;
  const marksEnd = text.indexOf('\n', headEnd + 1);
  const openEnd = text.indexOf('\n', marksEnd + 1);
  if (marksEnd < 0 || openEnd < 0) return undefined;
  if (head[7] !== checksum(ref, text.slice(marksEnd + 1))) return undefined;

  const isMarked = marksEnd > headEnd + 1;
  const deletedAt = Number(head[6]);
  const ready: ReadyStatus = {
    tenant: ref.tenant,
    owner: ref.owner,
    id: ref.uploadId,
    rev: Number(head[1]),
    generation: Number(head[2]),
    state,
    updatedAt: Number(head[4]),
    deletedAt: deletedAt === 0 ? undefined : deletedAt,
    openSteps: isMarked ? openIn(text.slice(marksEnd + 1, openEnd)) : NO_STEPS,
    // Who has it already is not sent it again.
    get json() {
      return unpackedJson(text.slice(openEnd + 1)) as ReadyStatus['json'];
    },
  };
  const marks = isMarked
    ? marksOf(ready, marksIn(text.slice(headEnd + 1, marksEnd)), now)
    : NO_MARKS;
  return { ready, marks, shownAt: Number(head[5]) };
};
