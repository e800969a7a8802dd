/** Tells what a document of Office from before 2007 is, and which documents since are locked: all are compound files. */
import { NonRetryableError, SkippedError } from '../../domain/errors.ts';
import { type CompoundFile, openCompoundFile } from './compound-file.ts';

/** Word for Windows before version 6: no compound file. */
export const OLD_WORD = 'application/msword';

const KINDS: readonly (readonly [stream: string, kind: string])[] = [
  ['WordDocument', 'a Word document'],
  ['Workbook', 'an Excel workbook'],
  ['Book', 'an Excel workbook'],
  ['PowerPoint Document', 'a PowerPoint presentation'],
];

/** What a document since 2007 is kept in when it has a password (MS-OFFCRYPTO 2.3.4.4), and a presentation before it. */
const LOCKED_STREAMS = ['EncryptedPackage', 'EncryptedSummary'];
/** `fEncrypted` of a Word document (MS-DOC 2.5.2). */
const WORD_FLAGS = { at: 11, encrypted: 0x01 } as const;
/** The record of a workbook that says how it is locked (MS-XLS 2.4.117). */
const FILE_PASS = 0x2f;

/** Whether one of the first records is FilePass, which comes right behind what begins a workbook. */
const isWorkbookLocked = (head: Buffer): boolean => {
  for (let at = 0; at + 4 <= head.length; at += 4 + head.readUInt16LE(at + 2)) {
    if (head.readUInt16LE(at) === FILE_PASS) return true;
  }
  return false;
};

const isLocked = (file: CompoundFile): boolean => {
  if (LOCKED_STREAMS.some((stream) => file.streams.has(stream))) return true;
  const word = file.headOf('WordDocument');
  if (word !== undefined) return ((word[WORD_FLAGS.at] ?? 0) & WORD_FLAGS.encrypted) !== 0;
  const workbook = file.headOf('Workbook') ?? file.headOf('Book');
  return workbook !== undefined && isWorkbookLocked(workbook);
};

const skipped = (detail: string): SkippedError => new SkippedError('unsupported', { detail });
const unread = (kind: string): SkippedError =>
  skipped(`It is ${kind} from before 2007: its kind is told, its text is not read.`);

/**
 * Says what it is; its text is not read.
 * @throws NonRetryableError `encrypted`, `corrupt`; SkippedError `unsupported` that names the kind, for all else.
 */
export const refuseOldOffice = (type: string, bytes: Buffer): never => {
  if (type === OLD_WORD) throw unread('a Word document');
  const file = openCompoundFile(bytes);
  if (isLocked(file)) throw new NonRetryableError('encrypted');
  const [, kind] = KINDS.find(([stream]) => file.streams.has(stream)) ?? [];
  throw kind === undefined
    ? skipped('It is a compound file of Microsoft, but no document of Office.')
    : unread(kind);
};
