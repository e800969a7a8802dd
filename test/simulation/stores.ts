/** The world's durable things, each watched: whatever changes in them is seen by the ledger, whoever changed it. */
import type { MemoryDeadLetterStore } from '../../shared/adapters/memory/memory-dead-letter-store.ts';
import type { MemoryGroupBoard } from '../../shared/adapters/memory/memory-group-board.ts';
import type { MemoryGroupStore } from '../../shared/adapters/memory/memory-group-store.ts';
import type { MemoryObjectStore } from '../../shared/adapters/memory/memory-object-store.ts';
import type {
  MemoryPartStore,
  MemoryPartsRegister,
} from '../../shared/adapters/memory/memory-parts.ts';
import { createMemoryRowEraser } from '../../shared/adapters/memory/memory-row-eraser.ts';
import type { MemoryStatusBoard } from '../../shared/adapters/memory/memory-status-board.ts';
import type { MemoryUploadStore } from '../../shared/adapters/memory/memory-upload-store.ts';
import type {
  MemoryDeliveryStore,
  MemoryWebhookStore,
} from '../../shared/adapters/memory/memory-webhooks.ts';
import { idOfObject } from '../../shared/adapters/object-id.ts';
import { parseIncomingKey } from '../../shared/domain/object-key.ts';
import { isDeleted, type Upload } from '../../shared/domain/upload.ts';
import type { ContentIndex } from '../../shared/ports/content-index.ts';
import type { CursorStore } from '../../shared/ports/cursor-store.ts';
import type { DeadLetterStore } from '../../shared/ports/dead-letter-store.ts';
import type { ObjectEraser, RowEraser } from '../../shared/ports/eraser.ts';
import type { GroupBoard } from '../../shared/ports/group-board.ts';
import type { GroupStore } from '../../shared/ports/group-store.ts';
import type { ObjectSigner } from '../../shared/ports/object-signer.ts';
import type { ObjectStore } from '../../shared/ports/object-store.ts';
import type { PartStore, PartsRegister } from '../../shared/ports/part-store.ts';
import type { StatusBoard } from '../../shared/ports/status-board.ts';
import type { StatusDesk } from '../../shared/ports/status-desk.ts';
import type { UploadStore } from '../../shared/ports/upload-store.ts';
import type { DeliveryStore, WebhookStore } from '../../shared/ports/webhook-store.ts';
import type { Broker } from './broker.ts';
import type { FaultPlan } from './faults.ts';
import type { Receivers } from './receivers.ts';

export type Eraser = ObjectEraser & RowEraser;

/** What the product's ports are made of. */
export interface Stores {
  readonly store: UploadStore;
  readonly groups: GroupStore;
  readonly groupBoard: GroupBoard;
  readonly contents: ContentIndex;
  readonly objects: ObjectStore & ObjectSigner;
  readonly board: StatusBoard & StatusDesk;
  readonly broker: Broker;
  readonly cursors: CursorStore;
  readonly letters: DeadLetterStore;
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly receivers: Receivers;
  readonly partStore: PartStore;
  readonly partsRegister: PartsRegister;
  readonly eraser: Eraser;
  readonly faults: FaultPlan;
  readonly uploadsOfKey: (key: string) => readonly string[];
}

/** The same things as they really are, for the harness only. */
export interface Truth {
  readonly rows: MemoryUploadStore;
  readonly groups: MemoryGroupStore;
  readonly bucket: MemoryObjectStore;
  readonly board: MemoryStatusBoard;
  readonly groupBoard: MemoryGroupBoard;
  readonly parts: MemoryPartStore;
  readonly partsRegister: MemoryPartsRegister;
  readonly letters: MemoryDeadLetterStore;
  readonly webhooks: MemoryWebhookStore;
  readonly deliveries: MemoryDeliveryStore;
  readonly receivers: Receivers;
  /** Every key that ever had an object. */
  keys(): readonly string[];
}

export interface Watch {
  /** A row changed. */
  row(before: Upload | undefined, after: Upload): void;
  /** Something worth counting happened. */
  cover(path: string): void;
  result(key: string, bytes: Uint8Array): void;
  /** The board took a status that may be read. */
  shownLive(uploadId: string): void;
  /** Something of this upload was met as that of this tenant: a violation of L6 when it is another's. */
  met(uploadId: string, tenant: string, what: string): void;
  /** A version was taken away: deleted, or hidden behind a delete marker. */
  removed(versionId: string, how: 'hidden' | 'gone'): void;
}

export const UPLOADS_BUCKET = 'uploads';

export const watchedStore = (rows: MemoryUploadStore, watch: Watch): UploadStore => ({
  ...rows,
  async put(upload) {
    const before = await rows.find(upload.id);
    const answer = await rows.put(upload);
    const after = await rows.find(upload.id);
    if (after !== undefined && after !== before) watch.row(before, after);
    else watch.cover(answer.kind === 'lost' ? 'put lost its race' : 'own write recognised');
    return answer;
  },
  async recordOutcomes(recorded) {
    const before = await rows.find(recorded.uploadId);
    const answer = await rows.recordOutcomes(recorded);
    const after = await rows.find(recorded.uploadId);
    if (after !== undefined && after !== before) watch.row(before, after);
    if (answer.kind === 'refused') {
      const isOld = (answer.current?.generation ?? 0) > recorded.generation;
      const when =
        answer.current !== undefined && isDeleted(answer.current)
          ? 'after the deletion'
          : 'after the end';
      watch.cover(`outcomes ${isOld ? 'of a superseded generation' : when} refused`);
    } else if (
      before !== undefined &&
      Object.keys(recorded.outcomes).some((step) => before.outcomes[step])
    ) {
      watch.cover('second outcome of a step ignored');
    }
    return answer;
  },
});

export const watchedObjects = (
  bucket: MemoryObjectStore,
  watch: Watch,
): ObjectStore & ObjectSigner => ({
  ...bucket,
  async putResult(key, body, contentType) {
    watch.result(key, body);
    await bucket.putResult(key, body, contentType);
  },
  async copyResult(from, to) {
    const isCopied = await bucket.copyResult(from, to);
    const copy = bucket.results().get(to);
    if (isCopied && copy !== undefined) watch.result(to, copy.bytes);
    watch.cover(isCopied ? 'derived file reused' : 'derived file to reuse was gone');
    return isCopied;
  },
});

type Method<Args extends readonly unknown[], Answer> = (...args: Args) => Promise<Answer>;

/** The same method, and `onChange` after it. */
const followedBy =
  (onChange: () => void) =>
  <Args extends readonly unknown[], Answer>(method: Method<Args, Answer>): Method<Args, Answer> =>
  async (...args) => {
    const answer = await method(...args);
    onChange();
    return answer;
  };

/** Stores whose writes may make the sweep due. */
export const watchedGroups = (groups: GroupStore, onChange: () => void): GroupStore => {
  const followed = followedBy(onChange);
  return {
    ...groups,
    create: followed(groups.create),
    arrive: followed(groups.arrive),
    end: followed(groups.end),
    settle: followed(groups.settle),
    drive: followed(groups.drive),
  };
};

export const watchedWebhooks = (webhooks: WebhookStore, onChange: () => void): WebhookStore => ({
  ...webhooks,
  put: followedBy(onChange)(webhooks.put),
});

export const watchedDeliveries = (
  deliveries: DeliveryStore,
  onChange: () => void,
): DeliveryStore => ({ ...deliveries, put: followedBy(onChange)(deliveries.put) });

export const watchedBoard = (board: MemoryStatusBoard, watch: Watch): StatusBoard & StatusDesk => ({
  ...board,
  async look(reader, uploadId) {
    const answer = await board.look(reader, uploadId);
    if (typeof answer.found === 'object') watch.met(uploadId, reader.tenant, 'was looked at');
    return answer;
  },
  async show(document) {
    watch.met(document.status.id, document.tenant, 'was shown');
    const answer = await board.show(document);
    if (answer !== 'shown') watch.cover(`board.show: ${answer}`);
    else if (document.deletedAt === undefined) watch.shownLive(document.status.id);
    return answer;
  },
  async claim(lease) {
    const answer = await board.claim(lease);
    if (answer !== 'claimed') watch.cover(`lease: ${answer}`);
    return answer;
  },
});

/** Both erasers as one, over everything there is to erase. */
export const watchedEraser = (
  {
    rows,
    bucket,
    parts,
    partsRegister,
    letters,
  }: Pick<Truth, 'rows' | 'bucket' | 'parts' | 'partsRegister' | 'letters'>,
  watch: Watch,
): Eraser => ({
  async eraseIncoming(key) {
    await parts.abortKey(key);
    const versions = bucket.versions(key);
    if (versions.length > 0) watch.cover('object erased');
    for (const { versionId } of versions) watch.removed(versionId, 'gone');
    await bucket.eraseIncoming(key);
  },
  eraseResults: bucket.eraseResults,
  eraseRows: createMemoryRowEraser({ store: rows, partsRegister, letters }).eraseRows,
});

/** Which uploads a key of either bucket may belong to; `tenantOf` says whose an announced upload is. */
export const createUploadsOfKey = (tenantOf: (uploadId: string) => string | undefined) => {
  const known = new Map<string, readonly string[]>();
  const find = (key: string): readonly string[] => {
    if (key === '') return [];
    if (key.startsWith('results/')) return [key.split('/')[1] ?? ''];
    const { uploadId: id, tenant } = parseIncomingKey(key) ?? {};
    const isAnnounced = id !== undefined && (tenantOf(id) ?? tenant) === tenant;
    return isAnnounced ? [id] : [idOfObject(UPLOADS_BUCKET, key)];
  };
  return (key: string): readonly string[] => {
    const uploads = known.get(key) ?? find(key);
    known.set(key, uploads);
    return uploads;
  };
};
