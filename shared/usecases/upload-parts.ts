/**
 * A file in parts: begun when the first part is asked for, signed part by part for exactly its bytes, listed to go on after
 * a lost connection, completed once all are there. Everything can be repeated, and names only the caller's own upload.
 */
import { parentOf } from '../domain/children.ts';
import { expiryDueAt } from '../domain/due.ts';
import { RequestError, RetryableError } from '../domain/errors.ts';
import { incomingKey } from '../domain/object-key.ts';
import { PART_URL_SECONDS, PARTS_MS, partSizesOf, sizeOfPart } from '../domain/parts.ts';
import { documentOf, statusOf, type UploadStatus } from '../domain/status.ts';
import { transition } from '../domain/transition.ts';
import { type DeclaredFile, isDeleted, type Upload } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { PartStore, PartsRef, PartsRegister, UploadedPart } from '../ports/part-store.ts';
import type { Principal } from '../ports/session-verifier.ts';
import type { StatusBoard } from '../ports/status-board.ts';
import type { UploadStore } from '../ports/upload-store.ts';

export interface UploadPartsDeps {
  readonly store: UploadStore;
  readonly objects: Pick<ObjectStore, 'latest'>;
  readonly board: StatusBoard;
  readonly clock: Clock;
  readonly partStore: PartStore;
  readonly partsRegister: PartsRegister;
}

/** An upload that its caller may send parts of. */
export type OwnUpload = Upload & { readonly declared: DeclaredFile };

export interface SignedParts {
  readonly key: string;
  readonly partSize: number;
  readonly partCount: number;
  readonly parts: readonly {
    readonly partNumber: number;
    readonly size: number;
    readonly url: string;
  }[];
  /** Of the addresses, ISO 8601. Ask again for what was not sent by then. */
  readonly expiresAt: string;
}

export type GivenPart = Pick<UploadedPart, 'PartNumber' | 'ETag'>;

export interface UploadParts {
  /** @throws RequestError `not_found`. */
  find(principal: Principal, uploadId: string): Promise<OwnUpload>;
  /** @throws RequestError `invalid_request` for a number the file has no part of; `conflict` when it takes no file any more. */
  sign(upload: OwnUpload, partNumbers: readonly number[]): Promise<SignedParts>;
  /** None before the first was asked for. */
  list(upload: OwnUpload): Promise<readonly UploadedPart[]>;
  /** @throws RequestError `invalid_request` while parts are missing, or other ones are named; `conflict` when they were aborted. */
  complete(upload: OwnUpload, given: readonly GivenPart[] | undefined): Promise<UploadStatus>;
  /** Throws away what was sent; the upload still waits. */
  abort(upload: OwnUpload): Promise<void>;
}

const MAX_RACES = 8;

const keyOf = ({ tenant, id }: Upload): string => incomingKey(tenant, id);

const refuse = (detail: string): never => {
  throw new RequestError('invalid_request', { detail });
};

const byNumber = (parts: readonly UploadedPart[]): ReadonlyMap<number, UploadedPart> =>
  new Map(parts.map((part) => [part.PartNumber, part]));

/** Exactly the parts of the announced size, each of exactly its own. */
const assertWhole = (size: number, there: readonly UploadedPart[]): void => {
  const { count } = partSizesOf(size);
  const parts = byNumber(there);
  const missing = Array.from({ length: count }, (_, index) => index + 1).find(
    (partNumber) => parts.get(partNumber)?.Size !== sizeOfPart(size, partNumber),
  );
  if (missing !== undefined) refuse(`Part ${missing} of ${count} is missing or not whole.`);
  if (there.length > count) refuse(`There are more parts than the ${count} of this file.`);
};

const assertSame = (given: readonly GivenPart[], there: readonly UploadedPart[]): void => {
  const plain = (tag: string): string => tag.replaceAll('"', '');
  const parts = byNumber(there);
  const other = given.find(({ PartNumber, ETag }) => {
    const part = parts.get(PartNumber);
    return part === undefined || plain(part.ETag) !== plain(ETag);
  });
  if (other !== undefined) refuse(`Part ${other.PartNumber} is another one than was sent.`);
};

/** Lets the upload wait for its parts as long as they may take. */
const createKeepOpen =
  ({ store, board, clock }: UploadPartsDeps) =>
  async (upload: Upload): Promise<void> => {
    let current = upload;
    for (let race = 0; race < MAX_RACES; race += 1) {
      const uploadDeadline = current.createdAt + PARTS_MS;
      // Past its due time it holds no room in its tenant's quota any more, whether the sweep has come by or not.
      const isLate =
        current.state !== 'awaiting_upload' ||
        clock.now() >= Math.min(uploadDeadline, expiryDueAt(current));
      // Of a child the bytes are those of its entry and no others.
      if (isLate || parentOf(current) !== undefined) {
        throw new RequestError('conflict', { detail: 'The upload takes no file any more.' });
      }
      const moment = { at: clock.now(), cause: { requestId: '', attempt: 1 } };
      const result = transition(current, { type: 'parts_requested', uploadDeadline }, moment);
      if ('refused' in result) return;
      const answer = await store.put(result.next);
      if (answer.kind === 'written') {
        await board.show(documentOf(result.next));
        return;
      }
      if (answer.current === undefined) throw new RequestError('not_found');
      current = answer.current;
    }
    throw new RetryableError('lost_race');
  };

/** The parts of an upload, begun if there are none. Of two beginnings one is thrown away again. */
const createBegin =
  ({ partStore, partsRegister }: UploadPartsDeps) =>
  async (upload: OwnUpload): Promise<PartsRef> => {
    const key = keyOf(upload);
    const known = await partsRegister.find(upload.id);
    if (known !== undefined) return { key, multipartId: known };
    const begun = await partStore.begin(key, upload.declared.type);
    const keptUntil = upload.createdAt + 2 * PARTS_MS;
    const multipartId = await partsRegister.bind(upload.id, begun, keptUntil);
    if (multipartId !== begun) await partStore.abortParts({ key, multipartId: begun });
    return { key, multipartId };
  };

/** What was begun for an upload, and whether its file is there. */
const createGathering = ({ objects, partStore, partsRegister }: UploadPartsDeps) => {
  const refOf = async (upload: OwnUpload): Promise<PartsRef | undefined> => {
    const multipartId = await partsRegister.find(upload.id);
    return multipartId === undefined ? undefined : { key: keyOf(upload), multipartId };
  };

  const hasArrived = async (upload: OwnUpload): Promise<boolean> => {
    const object = upload.object ?? (await objects.latest(keyOf(upload)));
    return object?.size === upload.declared.size;
  };

  /** What was begun and is there. What an abort that died half-way still names is let go of, so that it is begun anew. */
  const gathered = async (upload: OwnUpload) => {
    const ref = await refOf(upload);
    if (ref === undefined) return undefined;
    const there = await partStore.listParts(ref);
    if (there !== undefined) return { ref, there };
    if (!(await hasArrived(upload))) await partsRegister.release(upload.id, ref.multipartId);
    return undefined;
  };

  return { refOf, hasArrived, gathered };
};

export const createUploadParts = (deps: UploadPartsDeps): UploadParts => {
  const { store, clock, partStore, partsRegister } = deps;
  const { refOf, hasArrived, gathered } = createGathering(deps);
  const keepOpen = createKeepOpen(deps);
  const begin = createBegin(deps);

  /** The parts are gone: they were completed, by a request whose answer was lost, or they were aborted. */
  const afterwards = async (upload: OwnUpload): Promise<UploadStatus> => {
    if (await hasArrived(upload)) return statusOf(upload);
    throw new RequestError('conflict', { detail: 'There are no parts that could be completed.' });
  };

  return {
    async find({ tenant, owner }, uploadId) {
      const upload = await store.find(uploadId);
      const isOwn = upload?.tenant === tenant && upload.owner === owner && !isDeleted(upload);
      if (!isOwn || upload.declared === undefined) throw new RequestError('not_found');
      return { ...upload, declared: upload.declared };
    },
    async sign(upload, partNumbers) {
      const { size } = upload.declared;
      const sizes = partNumbers.map((partNumber) => ({
        partNumber,
        size: sizeOfPart(size, partNumber) ?? refuse(`The file has no part ${partNumber}.`),
      }));
      await keepOpen(upload);
      const ref = await begin(upload);
      const { partSize, count } = partSizesOf(size);
      const parts = await Promise.all(
        sizes.map(async (part) => ({
          ...part,
          url: await partStore.signPart({ ...ref, ...part, expiresSeconds: PART_URL_SECONDS }),
        })),
      );
      const expiresAt = new Date(clock.now() + PART_URL_SECONDS * 1000).toISOString();
      return { key: ref.key, partSize, partCount: count, parts, expiresAt };
    },
    async list(upload) {
      return (await gathered(upload))?.there ?? [];
    },
    async complete(upload, given) {
      const begun = await gathered(upload);
      if (begun === undefined) return afterwards(upload);
      const { ref, there } = begun;
      assertWhole(upload.declared.size, there);
      if (given !== undefined) assertSame(given, there);
      return (await partStore.completeParts(ref, there)) ? statusOf(upload) : afterwards(upload);
    },
    async abort(upload) {
      const ref = await refOf(upload);
      if (ref === undefined) return;
      await partStore.abortParts(ref);
      await partsRegister.release(upload.id, ref.multipartId);
    },
  };
};
