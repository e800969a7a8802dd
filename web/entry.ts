/** One line of the page's list: an upload as this page knows it, from the moment a file was chosen. */

import { isLive } from '../client/follow.ts';
import type { UploadStatus } from '../shared/domain/status.ts';
import { counted, durationOf, sizeOf, stepTitle } from './words.ts';

export type Phase =
  /** Too many others are being sent. */
  | { readonly kind: 'queued' }
  /** Its digest is made and its address asked for. */
  | { readonly kind: 'preparing' }
  | { readonly kind: 'sending'; readonly sent: number; readonly bytesPerSecond: number }
  /** The pipeline has it; `status` tells. */
  | { readonly kind: 'following' }
  /** It never reached the pipeline. */
  | { readonly kind: 'stopped'; readonly reason: string };

export interface Entry {
  /** The same for as long as the page is open. */
  readonly key: string;
  /** Newest first is the order of the list. */
  readonly at: number;
  readonly name: string;
  readonly size: number | undefined;
  /** The folder it was chosen with; known here only. */
  readonly folder: string;
  readonly phase: Phase;
  readonly id?: string | undefined;
  readonly status?: UploadStatus | undefined;
  /** Chosen here, or still live when first seen: its end is news. */
  readonly isFresh: boolean;
  /** Its results are shown without being asked for. */
  readonly isOpen: boolean;
  /** The file is at hand, so it can be sent again without being chosen again. */
  readonly hasFile: boolean;
  /** The browser remembers where the file is, and asks before it lets the page read it. */
  readonly hasHandle?: boolean | undefined;
  /** It broke off: with the same file, only what is missing is sent. */
  readonly resumes?: boolean | undefined;
  /** A sentence about it that only this page knows. */
  readonly remark?: string | undefined;
}

/** What an upload looks like at a glance. */
export type Tone = 'waiting' | 'busy' | 'done' | 'failed';

export interface Told {
  readonly tone: Tone;
  /** A word or two. */
  readonly label: string;
  /** 0 to 1 while something moves; `undefined` when there is nothing to show or no telling how far it is. */
  readonly progress?: number | undefined;
  /** More words beside the bar. */
  readonly detail?: string | undefined;
  /** Why it failed, in a sentence. */
  readonly trouble?: string | undefined;
  readonly code?: string | undefined;
}

const tellSending = (total: number, sent: number, bytesPerSecond: number): Told => {
  const left =
    bytesPerSecond > 0 && sent < total
      ? `, ${durationOf(Math.max(1_000, ((total - sent) / bytesPerSecond) * 1_000))} left`
      : '';
  return {
    tone: 'busy',
    label: 'Uploading',
    progress: total === 0 ? 1 : sent / total,
    detail: `${sizeOf(sent)} of ${sizeOf(total)}${left}`,
  };
};

const tellProcessing = ({ steps, progress }: UploadStatus): Told => {
  const ended = steps.filter(({ state }) => state !== 'queued' && state !== 'running').length;
  return {
    tone: 'busy',
    label: 'Processing',
    progress: progress / 100,
    detail:
      ended < steps.length
        ? `${ended} of ${counted(steps.length, 'step')} done`
        : 'All steps done, putting the results together',
  };
};

/** What only this page knows of an upload whose bytes have not arrived. */
type AtHand = Pick<Entry, 'hasFile' | 'hasHandle' | 'resumes' | 'remark'>;

const tellAwaiting = ({ hasFile, hasHandle, resumes, remark }: AtHand): Told => {
  if (hasFile) {
    return {
      tone: 'busy',
      label: 'Arriving',
      detail: 'The file is sent; the pipeline takes it next',
    };
  }
  const again = hasHandle === true ? 'Go on' : 'Choose the file again';
  const detail =
    resumes === true
      ? `The upload was cut off. ${again}, and only what is missing is sent.`
      : `Its bytes have not arrived. If the upload was cut off, ${again.toLowerCase()}.`;
  return { tone: 'waiting', label: 'Not complete', detail: remark ?? detail };
};

export const tellStatus = (status: UploadStatus, entry: AtHand): Told => {
  const { state, error } = status;
  const where = error?.step === undefined ? '' : `${stepTitle(error.step)}: `;
  const trouble =
    error === undefined ? {} : { trouble: `${where}${error.message}`, code: error.code };
  switch (state) {
    case 'awaiting_upload':
      return tellAwaiting(entry);
    case 'processing':
      return tellProcessing(status);
    case 'completed':
      return { tone: 'done', label: 'Done' };
    case 'failed':
      return { tone: 'failed', label: 'Failed', ...trouble };
    case 'expired':
      return { tone: 'failed', label: 'Expired', ...trouble };
    case 'rejected':
      return { tone: 'failed', label: 'Rejected', ...trouble };
    case 'cancelled':
      return { tone: 'failed', label: 'Cancelled', ...trouble };
  }
};

export const tell = (entry: Entry): Told => {
  const { phase, size, status } = entry;
  switch (phase.kind) {
    case 'queued':
      return { tone: 'waiting', label: 'Waiting' };
    case 'preparing':
      return { tone: 'busy', label: 'Preparing' };
    case 'sending':
      return tellSending(size ?? 0, phase.sent, phase.bytesPerSecond);
    case 'stopped':
      return { tone: 'failed', label: 'Not uploaded', trouble: phase.reason };
    case 'following':
      return status === undefined
        ? { tone: 'busy', label: 'Looking it up' }
        : tellStatus(status, entry);
  }
};

/** Nothing more will happen by itself. */
export const hasEnded = ({ phase, status }: Entry): boolean =>
  phase.kind === 'stopped' ||
  (phase.kind === 'following' && status !== undefined && !isLive(status));

/** Its bytes are on their way, or wait to be. */
export const isBeforeArrival = ({ phase }: Entry): boolean =>
  phase.kind === 'queued' || phase.kind === 'preparing' || phase.kind === 'sending';

/** It ended without success, or its bytes never came. */
export const mayBeTriedAgain = (entry: Entry): boolean => {
  const { phase, status, hasFile } = entry;
  if (phase.kind === 'stopped') return true;
  if (phase.kind !== 'following' || status === undefined) return false;
  if (status.state === 'awaiting_upload') return !hasFile;
  return !isLive(status) && status.state !== 'completed';
};
