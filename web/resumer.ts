/**
 * Goes on with what a reload broke off: by itself where the browser still lets the page read the file, at the press of a
 * button where it wants to be asked, and else with the same file chosen or dropped again.
 */
import { PARTS_ABOVE_BYTES } from '../client/sluice.ts';
import { isClaimed } from './claim.ts';
import type { Entry } from './entry.ts';
import { type FileHandle, fileOf, type Handles } from './handles.ts';
import { isOf, type Memory } from './remembered.ts';
import type { Shelf } from './shelf.ts';

export interface ResumerOptions {
  readonly memory: Memory;
  readonly handles: Handles;
  readonly shelf: Shelf;
  /** Sends what is missing of this upload. */
  readonly send: (key: string, file: File, id: string) => void;
}

export interface Resumer {
  /** Its status is known. Whoever waits for bytes that began here is gone on with, or says how. */
  meet(id: string): Promise<void>;
  /** A hand wants it to go on: the browser may ask. */
  goOn(key: string): Promise<void>;
  /** `false`: its line has to start anew with it. */
  take(key: string, file: File): boolean;
  /** The line that waits for this very file. */
  waitingFor(file: File): Entry | undefined;
}

const OTHER_FILE =
  'That is another file, or it was changed since. Choose the same one, or drop the other one as a new upload.';
const NOT_READABLE =
  'The file cannot be read where it was: it was moved, changed or not allowed. Choose it again.';
const ELSEWHERE = 'Another tab of this browser sends it.';

/** It began, and nobody sends it here. */
const isCutOff = ({ phase, status, hasFile }: Entry): boolean =>
  phase.kind === 'following' && status?.state === 'awaiting_upload' && !hasFile;

export const createResumer = (options: ResumerOptions): Resumer => {
  const { memory, handles, shelf, send } = options;
  const met = new Set<string>();

  const start = (entry: Entry, id: string, file: File) => {
    shelf.put({
      ...entry,
      phase: { kind: 'queued' },
      remark: undefined,
      isFresh: true,
      hasFile: true,
    });
    send(entry.key, file, id);
  };

  const isSame = ({ id = '' }: Entry, file: File): boolean => {
    const remembered = memory.find(id);
    return remembered !== undefined && isOf(remembered, file);
  };

  const goOnWith = async (
    key: string,
    { handle, mayAsk }: { readonly handle: FileHandle | undefined; readonly mayAsk: boolean },
  ): Promise<boolean> => {
    const file = handle === undefined ? undefined : await fileOf(handle, mayAsk);
    const entry = shelf.find(key);
    if (entry?.id === undefined || !isCutOff(entry)) return false;
    if (file === undefined || !isSame(entry, file)) return false;
    start(entry, entry.id, file);
    return true;
  };

  return {
    async meet(id) {
      const entry = shelf.findUpload(id);
      const remembered = memory.find(id);
      if (met.has(id) || entry === undefined || remembered === undefined) return;
      if (!isCutOff(entry)) return;
      met.add(id);
      const { key } = entry;
      if (await isClaimed(id)) return shelf.change(key, { remark: ELSEWHERE });
      const resumes = remembered.lastModified !== undefined && remembered.size > PARTS_ABOVE_BYTES;
      const handle = await handles.find(id);
      if (await goOnWith(key, { handle, mayAsk: false })) return;
      shelf.change(key, { resumes, hasHandle: handle !== undefined });
    },
    async goOn(key) {
      const handle = await handles.find(shelf.find(key)?.id ?? '');
      if (await goOnWith(key, { handle, mayAsk: true })) return;
      shelf.change(key, { hasHandle: false, remark: NOT_READABLE });
    },
    take(key, file) {
      const entry = shelf.find(key);
      if (entry?.id === undefined || !isCutOff(entry)) return false;
      if (isSame(entry, file)) start(entry, entry.id, file);
      else if (entry.resumes === true) shelf.change(key, { remark: OTHER_FILE });
      else return false;
      return true;
    },
    waitingFor: (file) => shelf.all().find((entry) => isCutOff(entry) && isSame(entry, file)),
  };
};
