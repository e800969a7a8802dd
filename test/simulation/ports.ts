/** Every port as one invocation sees it: each call is an effect that waits, may fail, and may be the last. */
import { Readable } from 'node:stream';
import { RetryableError, type TransientCode } from '../../shared/domain/errors.ts';
import type { GroupBoard } from '../../shared/ports/group-board.ts';
import type { GroupStore } from '../../shared/ports/group-store.ts';
import type { ObjectSigner } from '../../shared/ports/object-signer.ts';
import type { ObjectStore, OpenOptions, PinnedObject } from '../../shared/ports/object-store.ts';
import type { PartStore, PartsRegister } from '../../shared/ports/part-store.ts';
import type { StatusBoard } from '../../shared/ports/status-board.ts';
import type { StatusDesk } from '../../shared/ports/status-desk.ts';
import type { UploadStore } from '../../shared/ports/upload-store.ts';
import type { QueueName, WorkQueue } from '../../shared/ports/work-queue.ts';
import type { Invocation } from './invocation.ts';
import type { Eraser, Stores } from './stores.ts';

const failing = (code: TransientCode) => (): Promise<never> =>
  Promise.reject(new RetryableError(code, { detail: 'Injected.' }));

const LISTED_AT_ONCE = 3;

const unavailable = async () => 'unavailable' as const;
const nothing = async () => undefined;

export const storeOf = (inv: Invocation, { store }: Stores): UploadStore => {
  const effect = <T>(name: string, uploads: readonly string[], apply: () => Promise<T>) =>
    inv.effect({ name: `store.${name}`, uploads }, apply, failing('store_unavailable'));
  return {
    find: (id) => effect('find', [id], () => store.find(id)),
    findAll: (ids) => effect('findAll', ids, () => store.findAll(ids)),
    put: (upload) => effect('put', [upload.id], () => store.put(upload)),
    recordOutcomes: (recorded) =>
      effect('recordOutcomes', [recorded.uploadId], () => store.recordOutcomes(recorded)),
    archive: (upload) => effect('archive', [upload.id], () => store.archive(upload)),
    archived: (id, generation) => effect('archived', [id], () => store.archived(id, generation)),
    listByOwner: (owner, page) => effect('listByOwner', [], () => store.listByOwner(owner, page)),
    listDue: (shard, now, limit) => effect('listDue', [], () => store.listDue(shard, now, limit)),
    scan: (limit, cursor) => effect('scan', [], () => store.scan(limit, cursor)),
  };
};

export const groupsOf = (inv: Invocation, { groups }: Stores): GroupStore => {
  const effect = <T>(name: string, apply: () => Promise<T>) =>
    inv.effect({ name: `groups.${name}`, uploads: [] }, apply, failing('store_unavailable'));
  return {
    find: (id) => effect('find', () => groups.find(id)),
    create: (group) => effect('create', () => groups.create(group)),
    arrive: (id, members) => effect('arrive', () => groups.arrive(id, members)),
    end: (id, end) => effect('end', () => groups.end(id, end)),
    settle: (id) => effect('settle', () => groups.settle(id)),
    forget: (id) => effect('forget', () => groups.forget(id)),
    drive: (group, dueAt) => effect('drive', () => groups.drive(group, dueAt)),
    listDue: (shard, now, limit) => effect('listDue', () => groups.listDue(shard, now, limit)),
  };
};

export const groupBoardOf = (inv: Invocation, { groupBoard }: Stores): GroupBoard => ({
  showGroup: (document) =>
    inv.effect(
      { name: 'groupBoard.showGroup', uploads: [] },
      () => groupBoard.showGroup(document),
      unavailable,
    ),
  findGroup: (tenant, id) =>
    inv.effect(
      { name: 'groupBoard.findGroup', uploads: [] },
      () => groupBoard.findGroup(tenant, id),
      unavailable,
    ),
});

/** A stream whose bytes come by an effect of their own, so that the world can change while it is read. */
const slowStream = (
  inv: Invocation,
  source: Readable,
  uploads: readonly string[],
  isBroken: boolean,
) => {
  const stream = new Readable({
    read() {
      const call = { name: 'objects.read', uploads };
      const chunk = async (): Promise<Buffer> => {
        if (isBroken) throw new RetryableError('storage_unavailable', { detail: 'Injected.' });
        return Buffer.concat(await source.toArray());
      };
      inv.effect(call, chunk, failing('storage_unavailable')).then(
        (bytes) => {
          if (stream.destroyed) return;
          if (bytes.length > 0) stream.push(bytes);
          stream.push(null);
        },
        (error: Error) => stream.destroy(error),
      );
    },
  });
  if (source.errored !== null) stream.destroy(source.errored);
  source.on('error', (error) => stream.destroy(error));
  return stream;
};

export const objectsOf = (inv: Invocation, stores: Stores): ObjectStore & ObjectSigner => {
  const { objects, faults, uploadsOfKey } = stores;
  const effect = <T>(name: string, key: string, apply: () => Promise<T>) =>
    inv.effect(
      { name: `objects.${name}`, uploads: uploadsOfKey(key) },
      apply,
      failing('storage_unavailable'),
    );
  return {
    peek: (pointer, bytes) => effect('peek', pointer.key, () => objects.peek(pointer, bytes)),
    async open(object: PinnedObject, options: OpenOptions = {}) {
      const source = await effect('open', object.key, async () => {
        const opened = await objects.open(object, options);
        // The real one answers at once; here the reader learns of it later, and the stream may have ended by then.
        opened.on('error', () => undefined);
        return opened;
      });
      const isBroken = faults.happens('broken-stream');
      return slowStream(inv, source, uploadsOfKey(object.key), isBroken);
    },
    verifiedSha256: (object) =>
      effect('verifiedSha256', object.key, () => objects.verifiedSha256(object)),
    readResult: (key) => effect('readResult', key, () => objects.readResult(key)),
    copyResult: (from, to) => effect('copyResult', to, () => objects.copyResult(from, to)),
    putIncoming: (key, body, terms) =>
      effect('putIncoming', key, () => objects.putIncoming(key, body, terms)),
    latest: (key) => effect('latest', key, () => objects.latest(key)),
    putResult: (key, body, type) =>
      effect('putResult', key, () => objects.putResult(key, body, type)),
    // Signing sends nothing; the signature is made with the signer's own clock.
    presignUpload: (terms) =>
      objects.presignUpload({
        ...terms,
        expiresSeconds: terms.expiresSeconds + inv.skew / 1000,
      }),
    presignDownload: (terms) => objects.presignDownload(terms),
    // S3 may list fewer than it was asked for; so few, that a look through the bucket takes many runs.
    listIncoming: (cursor, limit) =>
      effect('listIncoming', '', () =>
        objects.listIncoming(cursor, Math.min(limit, LISTED_AT_ONCE)),
      ),
  };
};

const subjectIn = (message: object): readonly string[] =>
  ['uploadId', 'deliveryId'].flatMap((name) => {
    const id: unknown = Reflect.get(message, name);
    return typeof id === 'string' ? [id] : [];
  });

export const queueOf = (inv: Invocation, { broker, faults, uploadsOfKey }: Stores): WorkQueue => {
  const touched = (messages: readonly object[]): readonly string[] =>
    messages.flatMap((message) =>
      'key' in message ? uploadsOfKey(String(message.key)) : subjectIn(message),
    );
  const failed = failing('queue_unavailable');
  return {
    send(queue: QueueName, messages: readonly object[]) {
      const call = { name: `queue.send ${queue}`, uploads: touched(messages) };
      const apply = async (): Promise<void> => {
        const isPartial = messages.length > 1 && faults.happens('partial-send');
        const sent = isPartial ? messages.slice(0, inv.random.below(messages.length)) : messages;
        for (const message of sent) broker.send(queue, JSON.stringify(message));
        if (isPartial) await failed();
      };
      return inv.effect(call, apply, failed);
    },
    hide: (queue, receipt, seconds) =>
      inv.effect(
        { name: `queue.hide ${queue} ${seconds}s`, uploads: [] },
        async () => broker.hide(queue, receipt, seconds),
        failed,
      ),
  };
};

export const deskOf = (inv: Invocation, { board }: Stores): StatusDesk => ({
  look: (reader, id) =>
    inv.effect(
      { name: 'board.find', uploads: [id] },
      () => board.look(reader, id),
      async () => ({ found: 'unavailable', session: 'missing' }),
    ),
});

export const boardOf = (inv: Invocation, { board }: Stores): StatusBoard => ({
  show: (document, done) =>
    inv.effect(
      { name: 'board.show', uploads: [document.status.id] },
      () => board.show(document, done),
      unavailable,
    ),
  mark: (step) =>
    inv.effect({ name: 'board.mark', uploads: [step.uploadId] }, () => board.mark(step), nothing),
  claim: (lease) =>
    inv.effect(
      { name: 'board.claim', uploads: [lease.key.split('/')[0] ?? ''] },
      () => board.claim(lease),
      unavailable,
    ),
  release: (lease) =>
    inv.effect(
      { name: 'board.release', uploads: [lease.key.split('/')[0] ?? ''] },
      () => board.release(lease),
      nothing,
    ),
});

export const eraserOf = (inv: Invocation, { eraser, uploadsOfKey }: Stores): Eraser => {
  const effect = (name: string, uploads: readonly string[], apply: () => Promise<void>) =>
    inv.effect({ name: `eraser.${name}`, uploads }, apply, failing('storage_unavailable'));
  return {
    eraseIncoming: (key) =>
      effect('eraseIncoming', uploadsOfKey(key), () => eraser.eraseIncoming(key)),
    eraseResults: (id) => effect('eraseResults', [id], () => eraser.eraseResults(id)),
    eraseRows: (id) => effect('eraseRows', [id], () => eraser.eraseRows(id)),
  };
};

export const partStoreOf = (inv: Invocation, { partStore, uploadsOfKey }: Stores): PartStore => {
  const effect = <T>(name: string, key: string, apply: () => Promise<T>) =>
    inv.effect(
      { name: `parts.${name}`, uploads: uploadsOfKey(key) },
      apply,
      failing('storage_unavailable'),
    );
  return {
    begin: (key, type) => effect('begin', key, () => partStore.begin(key, type)),
    signPart: (terms) => partStore.signPart(terms),
    listParts: (ref) => effect('listParts', ref.key, () => partStore.listParts(ref)),
    completeParts: (ref, parts) =>
      effect('completeParts', ref.key, () => partStore.completeParts(ref, parts)),
    abortParts: (ref) => effect('abortParts', ref.key, () => partStore.abortParts(ref)),
  };
};

export const partsRegisterOf = (inv: Invocation, { partsRegister }: Stores): PartsRegister => {
  const effect = <T>(name: string, uploadId: string, apply: () => Promise<T>) =>
    inv.effect(
      { name: `register.${name}`, uploads: [uploadId] },
      apply,
      failing('store_unavailable'),
    );
  return {
    find: (id) => effect('find', id, () => partsRegister.find(id)),
    bind: (id, multipartId, expiresAt) =>
      effect('bind', id, () => partsRegister.bind(id, multipartId, expiresAt)),
    release: (id, multipartId) =>
      effect('release', id, () => partsRegister.release(id, multipartId)),
  };
};
