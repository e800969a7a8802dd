/** The state in memory: the same answers as DynamoDB, from the domain's own `transition`. */
import { parentOf } from '../../domain/children.ts';
import { transition } from '../../domain/transition.ts';
import { dueAtOf, isDeleted, type ProcessingUpload, type Upload } from '../../domain/upload.ts';
import type { OutcomesOf, PutAnswer, RecordAnswer, UploadStore } from '../../ports/upload-store.ts';
import { dueShardOf } from '../due-shard.ts';
import { cursorOf, listingKeyIn, listingKeyOf } from '../listing-order.ts';
import { scanCursorOf, scanPlaceIn } from '../scan-cursor.ts';
import { frozenCopy } from './frozen-copy.ts';
import { createLaggingIndex, type IndexLag } from './lagging-index.ts';

export interface MemoryUploadStore extends UploadStore {
  /** The current row of every upload, in the order of their first write. */
  uploads(): readonly Upload[];
  /** Every kept row of an earlier generation. */
  archives(): readonly Upload[];
  /** Forgets every kept row of an upload's earlier generations. */
  eraseGenerations(uploadId: string): void;
}

export interface MemoryUploadStoreOptions {
  /** How far the indexes are behind the rows; they are not when absent. */
  readonly indexLag?: IndexLag | undefined;
}

interface Rows {
  readonly current: Map<string, Upload>;
  /** By upload and generation. */
  readonly kept: Map<string, Map<number, Upload>>;
  /** What the last whole-row write of an upload was, to recognise its repetition. */
  readonly lastPut: Map<string, Upload>;
}

const put = ({ current, lastPut }: Rows, upload: Upload): PutAnswer => {
  const stored = current.get(upload.id);
  if ((stored?.rev ?? 0) !== upload.rev - 1) {
    const isRepeated = JSON.stringify(lastPut.get(upload.id)) === JSON.stringify(upload);
    return isRepeated ? { kind: 'written' } : { kind: 'lost', current: stored };
  }
  const copy = frozenCopy(upload);
  current.set(upload.id, copy);
  lastPut.set(upload.id, copy);
  return { kind: 'written' };
};

const asProcessing = (upload: Upload): ProcessingUpload => {
  if (upload.state === 'processing') return upload;
  throw new Error(`Recording outcomes left ${upload.id} in ${upload.state}.`);
};

const record = ({ current }: Rows, recorded: OutcomesOf): RecordAnswer => {
  const { uploadId, generation, outcomes, at, dueAt } = recorded;
  const stored = current.get(uploadId);
  if (stored === undefined) return { kind: 'refused', current: undefined };
  // Recording outcomes leaves no entry in the timeline, so no cause reaches the row.
  const moment = { at, cause: { requestId: '', attempt: 0 } };
  const event = { type: 'outcomes_recorded', generation, outcomes, dueAt } as const;
  const answer = transition(stored, event, moment);
  if ('refused' in answer) return { kind: 'refused', current: stored };
  const upload = frozenCopy(asProcessing(answer.next));
  current.set(uploadId, upload);
  return { kind: 'recorded', upload };
};

const keep = ({ kept }: Rows, upload: Upload): void => {
  const generations = kept.get(upload.id) ?? new Map<number, Upload>();
  const newest = generations.get(upload.generation);
  if (newest === undefined || newest.rev <= upload.rev) {
    generations.set(upload.generation, frozenCopy(upload));
  }
  kept.set(upload.id, generations);
};

const byText = (left: string, right: string): number => (left < right ? -1 : 1);

const isListed = (upload: Upload | undefined): upload is Upload =>
  upload !== undefined && !isDeleted(upload);

/** Plain maps, no timers: every method has finished when it returns its promise. */
export const createMemoryUploadStore = ({
  indexLag,
}: MemoryUploadStoreOptions = {}): MemoryUploadStore => {
  const rows: Rows = { current: new Map(), kept: new Map(), lastPut: new Map() };
  const index = createLaggingIndex(rows.current, indexLag);
  const shards = new Map<string, number>();
  const all = (): readonly Upload[] => [...rows.current.values()];
  const shardOf = (uploadId: string): number => {
    const shard = shards.get(uploadId) ?? dueShardOf(uploadId);
    shards.set(uploadId, shard);
    return shard;
  };
  return {
    find: async (uploadId) => rows.current.get(uploadId),
    findAll: async (uploadIds) => uploadIds.map((uploadId) => rows.current.get(uploadId)),
    async put(upload) {
      const answer = put(rows, upload);
      index.change(upload.id);
      return answer;
    },
    async recordOutcomes(recorded) {
      const answer = record(rows, recorded);
      index.change(recorded.uploadId);
      return answer;
    },
    archive: async (upload) => keep(rows, upload),
    archived: async (uploadId, generation) =>
      [...(rows.kept.get(uploadId)?.values() ?? [])]
        .filter((upload) => upload.generation < generation)
        .sort((left, right) => left.generation - right.generation),
    async listByOwner({ tenant, owner }, { limit, cursor }) {
      const after = cursor === undefined ? undefined : listingKeyIn(cursor);
      const found = index
        .rows()
        .filter((upload) => upload.tenant === tenant && upload.owner === owner)
        .filter((upload) => !isDeleted(upload) && parentOf(upload) === undefined)
        .filter((upload) => after === undefined || listingKeyOf(upload) < after)
        .sort((left, right) => byText(listingKeyOf(right), listingKeyOf(left)))
        .slice(0, limit);
      const last = found.at(-1);
      // Like DynamoDB: a full page has a cursor even if nothing follows.
      const isFull = found.length === limit && last !== undefined;
      return {
        // The index holds keys alone: the rows themselves are as they are now.
        uploads: found.map(({ id }) => rows.current.get(id)).filter(isListed),
        cursor: isFull ? cursorOf(listingKeyOf(last)) : undefined,
      };
    },
    listDue: async (shard, now, limit) =>
      index
        .rows()
        .map((upload) => ({ id: upload.id, dueAt: dueAtOf(upload) ?? Number.POSITIVE_INFINITY }))
        .filter(({ id, dueAt }) => dueAt <= now && shardOf(id) === shard)
        .sort((left, right) => left.dueAt - right.dueAt)
        .slice(0, limit),
    async scan(limit, cursor) {
      const [after = ''] = cursor === undefined ? [] : scanPlaceIn(cursor, 1);
      const uploads = all()
        .filter(({ id }) => id > after)
        .sort((left, right) => byText(left.id, right.id))
        .slice(0, limit);
      const last = uploads.at(-1);
      const isFull = uploads.length === limit && last !== undefined;
      return { uploads, cursor: isFull ? scanCursorOf(last.id) : undefined };
    },
    uploads: all,
    eraseGenerations: (uploadId) => void rows.kept.delete(uploadId),
    archives: () => [...rows.kept.values()].flatMap((generations) => [...generations.values()]),
  };
};
