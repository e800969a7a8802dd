/** What the API takes and gives, as types: taken from the very schemas that the functions parse and answer with. */
import type * as z from 'zod';
import type {
  completedParts,
  createdGroup,
  createdUpload,
  listedParts,
  resultLink,
  signedParts,
  startedSession,
  uploadHistory,
  uploadList,
  uploadResults,
} from '../shared/contracts/answers.ts';
import type { createGroupBody, groupStatus } from '../shared/contracts/group.ts';
import type { createSessionBody, createUploadBody } from '../shared/contracts/http.ts';
import type { ProblemCode } from '../shared/contracts/problem.ts';
import type { uploadStatus } from '../shared/contracts/status.ts';

export type Upload = z.output<typeof uploadStatus>;
export type DeclaredFile = Readonly<z.input<typeof createUploadBody>>;
export type CreatedUpload = z.output<typeof createdUpload>;
export type DeclaredGroup = Readonly<z.input<typeof createGroupBody>>;
export type CreatedGroup = z.output<typeof createdGroup>;
export type Group = z.output<typeof groupStatus>;
export type UploadForm = NonNullable<CreatedUpload['post']>;
export type UploadList = z.output<typeof uploadList>;
export type UploadHistory = z.output<typeof uploadHistory>;
export type HistoryEntry = UploadHistory['history'][number];
export type UploadResults = z.output<typeof uploadResults>;
export type ResultLink = z.output<typeof resultLink>;
export type SignedParts = z.output<typeof signedParts>;
export type SignedPart = SignedParts['parts'][number];
export type ListedParts = z.output<typeof listedParts>;
export type UploadedPart = ListedParts['parts'][number];
export type CompletedParts = z.output<typeof completedParts>;
export type SessionTerms = Readonly<z.input<typeof createSessionBody>>;
export type StartedSession = z.output<typeof startedSession>;
export type { ProblemCode };
