/** Defects on purpose: each takes one defence away, and the ledger must notice. */
import { type EndedUpload, isDeleted, isLive, type Upload } from '../../shared/domain/upload.ts';
import type { UploadStore } from '../../shared/ports/upload-store.ts';
import type { Profile } from './faults.ts';
import { profileNamed } from './faults.ts';
import type { Truth } from './stores.ts';
import type { Mutant } from './world.ts';

const current = ({ rows }: Truth, uploadId: string): Upload | undefined =>
  rows.uploads().find(({ id }) => id === uploadId);

/** Records outcomes as `merge` says, past the store's own condition. */
const recordingBy =
  (merge: (row: Upload, outcomes: Upload['outcomes'], generation: number) => Upload | undefined) =>
  (store: UploadStore, truth: Truth): UploadStore => ({
    ...store,
    async recordOutcomes(recorded) {
      const row = current(truth, recorded.uploadId);
      const merged = row && merge(row, recorded.outcomes, recorded.generation);
      if (row === undefined || merged === undefined) return store.recordOutcomes(recorded);
      await store.put({ ...merged, rev: row.rev + 1, updatedAt: recorded.at });
      const next = current(truth, recorded.uploadId);
      return next?.state === 'processing'
        ? { kind: 'recorded', upload: next }
        : { kind: 'refused', current: next };
    },
  });

/** Every read answers what the board shows, if it shows anything. */
const believingTheBoard = (store: UploadStore, truth: Truth): UploadStore => {
  const history = new Map<string, Upload>();
  const remember = (uploadId: string): void => {
    const row = current(truth, uploadId);
    if (row !== undefined) history.set(`${uploadId} ${row.rev}`, row);
  };
  return {
    ...store,
    async find(uploadId) {
      const shown = truth.board.documents().find(({ status }) => status.id === uploadId);
      return history.get(`${uploadId} ${shown?.status.rev}`) ?? store.find(uploadId);
    },
    async put(upload) {
      const answer = await store.put(upload);
      remember(upload.id);
      return answer;
    },
    async recordOutcomes(recorded) {
      const answer = await store.recordOutcomes(recorded);
      remember(recorded.uploadId);
      return answer;
    },
  };
};

/** Writes `entombed` where a tombstone is written. */
const entombingBy =
  (entombed: (tombstone: EndedUpload, before: Upload) => EndedUpload) =>
  (store: UploadStore, truth: Truth): UploadStore => ({
    ...store,
    put(upload) {
      const before = current(truth, upload.id);
      const isTombstone = before !== undefined && isDeleted(upload);
      return store.put(isTombstone ? entombed(upload, before) : upload);
    },
  });

const DELETION_MUTANTS: readonly (readonly [mutant: Mutant, profile: Profile])[] = [
  [
    {
      name: 'files derived from a deleted upload are not erased',
      eraser: (eraser) => ({ ...eraser, eraseResults: async () => undefined }),
    },
    profileNamed('calm'),
  ],
  [
    {
      name: 'rows beside that of a deleted upload are not erased',
      eraser: (eraser) => ({ ...eraser, eraseRows: async () => undefined }),
    },
    profileNamed('calm'),
  ],
  [
    {
      name: 'a worker is not told that its upload was deleted',
      store: (store) => ({
        ...store,
        async recordOutcomes(recorded) {
          const answer = await store.recordOutcomes(recorded);
          if (answer.kind === 'recorded' || answer.current === undefined) return answer;
          return isDeleted(answer.current) ? { kind: 'refused', current: undefined } : answer;
        },
      }),
    },
    profileNamed('duplicates'),
  ],
  [
    {
      name: 'a tombstone keeps what was found out about the file',
      store: entombingBy((tombstone, { outcomes }) => ({ ...tombstone, outcomes })),
    },
    profileNamed('calm'),
  ],
  [
    {
      name: 'outcomes are recorded in a tombstone',
      store: recordingBy((row, outcomes, generation) =>
        isDeleted(row) && row.generation === generation ? { ...row, outcomes } : undefined,
      ),
    },
    profileNamed('duplicates'),
  ],
  [
    {
      name: 'the status board is not told of a deletion',
      board: (board) => ({
        ...board,
        show: async (document, done) =>
          document.deletedAt === undefined ? board.show(document, done) : 'shown',
      }),
    },
    profileNamed('calm'),
  ],
  [
    {
      name: 'the sweep passes over deletions',
      store: (store, truth) => ({
        ...store,
        listDue: async (...query) =>
          (await store.listDue(...query)).filter(({ id }) => {
            const row = current(truth, id);
            return row !== undefined && !isDeleted(row);
          }),
      }),
    },
    profileNamed('calm'),
  ],
];

/** Each with the profile that attacks it. */
export const MUTANTS: readonly (readonly [mutant: Mutant, profile: Profile])[] = [
  [
    {
      name: 'a whole-row write does not look at the revision',
      store: (store, truth) => ({
        ...store,
        put: (upload) => store.put({ ...upload, rev: (current(truth, upload.id)?.rev ?? 0) + 1 }),
      }),
    },
    profileNamed('duplicates'),
  ],
  [
    {
      name: 'outcomes are recorded without the fence of the generation',
      store: (store, truth) => ({
        ...store,
        recordOutcomes: (recorded) =>
          store.recordOutcomes({
            ...recorded,
            generation: current(truth, recorded.uploadId)?.generation ?? recorded.generation,
          }),
      }),
    },
    profileNamed('chaos'),
  ],
  [
    {
      name: 'the last writer of an outcome wins',
      store: recordingBy((row, outcomes, generation) =>
        row.state === 'processing' && row.generation === generation
          ? { ...row, outcomes: { ...row.outcomes, ...outcomes } }
          : undefined,
      ),
    },
    profileNamed('duplicates'),
  ],
  [
    {
      name: 'outcomes are recorded after the end',
      store: recordingBy((row, outcomes, generation) =>
        !isLive(row) && row.generation === generation
          ? { ...row, outcomes: { ...outcomes, ...row.outcomes } }
          : undefined,
      ),
    },
    profileNamed('duplicates'),
  ],
  [
    {
      name: 'an earlier generation is not kept',
      store: (store) => ({ ...store, archive: async () => undefined }),
    },
    profileNamed('calm'),
  ],
  [
    {
      name: 'a live row has no due time',
      store: (store) => ({
        ...store,
        put: (upload) => store.put(isLive(upload) ? { ...upload, dueAt: Number.NaN } : upload),
      }),
    },
    profileNamed('calm'),
  ],
  [
    { name: 'the status board is taken for the truth', store: believingTheBoard },
    profileNamed('redis'),
  ],
  [
    { name: 'messages are acknowledged before they are worked', acksFirst: true },
    profileNamed('crashes'),
  ],
  [
    {
      name: 'a listing looks at the owner and not at the tenant',
      store: (store, { rows }) => ({
        ...store,
        async listByOwner({ owner }, { limit }) {
          const uploads = rows.uploads().filter((row) => row.owner === owner && !isDeleted(row));
          return { uploads: uploads.slice(0, limit), cursor: undefined };
        },
      }),
    },
    profileNamed('calm'),
  ],
  [
    {
      name: 'a group counts as told of when it has ended',
      groups: (groups) => ({
        ...groups,
        async end(id, end) {
          await groups.end(id, end);
          await groups.settle(id);
          return groups.find(id);
        },
      }),
    },
    profileNamed('calm'),
  ],
  [
    {
      name: 'the sweep never hears that something waits for a webhook',
      webhooks: (webhooks) => ({
        ...webhooks,
        put: ({ dueAt: _, ...webhook }) => webhooks.put(webhook),
      }),
    },
    profileNamed('network'),
  ],
  [
    {
      name: 'a message to a webhook counts as delivered at its first request',
      deliveries: (deliveries) => ({
        ...deliveries,
        put: (delivery) =>
          deliveries.put(delivery.tries > 0 ? { ...delivery, state: 'delivered' } : delivery),
      }),
    },
    profileNamed('network'),
  ],
  [{ name: 'nobody sweeps', noSweep: true }, profileNamed('calm')],
  [{ name: 'nobody buries', noBury: true }, profileNamed('loss')],
  ...DELETION_MUTANTS,
];
