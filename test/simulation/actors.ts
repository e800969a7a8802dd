/** People and tools around the pipeline: who uploads, who overwrites and deletes, who asks, who orders a second run. */

import { createHash } from 'node:crypto';
import { incomingKey } from '../../shared/domain/object-key.ts';
import type { DeclaredFile } from '../../shared/domain/upload.ts';
import type { PresignedPost } from '../../shared/ports/object-store.ts';
import { type CreatedUpload, createCreateUpload } from '../../shared/usecases/create-upload.ts';
import { createReadStatus } from '../../shared/usecases/read-status.ts';
import { createReprocessUpload } from '../../shared/usecases/reprocess-upload.ts';
import { depsOf, TIMEOUT_SECONDS } from './functions.ts';
import { contentOf, type Kind } from './processors.ts';
import type { World } from './world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const TENANT = 'acme';
const PRINCIPAL = { tenant: TENANT, owner: 'ann' };
const confirm = async () => true;

/** What a client intends with one upload. */
export interface ClientPlan {
  readonly kind: Kind;
  readonly text: string;
  readonly sha256: 'right' | 'wrong' | 'none';
  readonly startsAt: number;
  /** Delays from the moment it holds the form to each time it sends it. */
  readonly submits: readonly { readonly after: number; readonly text?: string }[];
  /** What another tool puts at its key, and when. */
  readonly intruder?: { readonly after: number; readonly bytes: Uint8Array };
  readonly polls: number;
}

const declaredFor = ({ kind, text, sha256 }: ClientPlan): { file: DeclaredFile; bytes: Buffer } => {
  const bytes = contentOf(kind, text);
  const right = createHash('sha256').update(bytes).digest('hex');
  const digest = { right, wrong: '0'.repeat(64), none: undefined }[sha256];
  const file = { name: `${kind}.txt`, size: bytes.length, type: 'text/plain' };
  return { bytes, file: digest === undefined ? file : { ...file, sha256: digest } };
};

/** Polls one upload until the client loses interest; it remembers what it saw, as its ETag. */
const follow = (world: World, uploadId: string, polls: number): void => {
  const { scheduler, random, lambda, stores, onLog, ledger, truth } = world;
  let seenRev = 0;
  const poll = (left: number): void => {
    if (left === 0) return;
    const terms = {
      name: 'get-upload',
      timeoutSeconds: TIMEOUT_SECONDS['get-upload'],
      uploads: [uploadId],
    };
    lambda.invoke(
      terms,
      async (inv) => {
        const answer = await createReadStatus(depsOf(inv, stores, onLog))(
          { ...PRINCIPAL, confirm },
          uploadId,
          seenRev,
        );
        const stored = truth.rows.uploads().find(({ id }) => id === uploadId);
        return { ...answer, storeRev: stored?.rev ?? 0 };
      },
      (ended) => {
        if (ended.kind === 'answered') {
          const { rev, state, source, storeRev } = ended.answer;
          world.note('client', `sees rev ${rev} ${state} (${source})`, [uploadId]);
          ledger.polled({ uploadId, rev, source, storeRev, seenRev });
          seenRev = Math.max(seenRev, rev);
        }
        scheduler.after(random.below(random.chance(0.5) ? 20 * SECOND : 20 * MINUTE), () =>
          poll(left - 1),
        );
      },
    );
  };
  scheduler.after(random.below(5 * SECOND), () => poll(polls));
};

const submit = (world: World, uploadId: string, post: PresignedPost, bytes: Uint8Array): void => {
  const answer = world.truth.bucket.submit(post, bytes);
  world.ledger.cover(`form: ${answer}`);
  world.note('client', `sends the form: ${answer}`, [uploadId]);
};

export const addClient = (world: World, plan: ClientPlan): void => {
  const { scheduler, lambda, stores, onLog, truth } = world;
  const { file, bytes } = declaredFor(plan);

  const use = ({ status: { id }, post }: CreatedUpload): void => {
    world.declared.set(id, file);
    for (const { after, text } of plan.submits) {
      const body = text === undefined ? bytes : contentOf(plan.kind, text);
      scheduler.after(after, () => submit(world, id, post, body));
    }
    const { intruder } = plan;
    if (intruder !== undefined) {
      scheduler.after(intruder.after, () =>
        truth.bucket.put(incomingKey(TENANT, id), intruder.bytes),
      );
    }
    follow(world, id, plan.polls);
  };
  const create = (left: number): void => {
    lambda.invoke(
      { name: 'create-upload', timeoutSeconds: TIMEOUT_SECONDS['create-upload'], uploads: [] },
      (inv) =>
        createCreateUpload({ ...depsOf(inv, stores, onLog), typePolicy: 'accept' })({
          principal: PRINCIPAL,
          declared: file,
          requestId: inv.id,
        }),
      (ended) => {
        if (ended.kind === 'answered') use(ended.answer);
        else if (left > 0) scheduler.after(5 * SECOND, () => create(left - 1));
      },
    );
  };
  scheduler.after(plan.startsAt, () => create(5));
};

/** What other tools do to one key of the bucket, one after the other. */
export interface BucketPlan {
  readonly key: string;
  readonly acts: readonly (
    | { readonly at: number; readonly act: 'put'; readonly bytes: Uint8Array }
    /** A delete marker; older versions stay readable by their id. */
    | { readonly at: number; readonly act: 'hide' }
    /** The latest version goes for good. */
    | { readonly at: number; readonly act: 'remove' }
  )[];
  readonly polls: number;
}

export const addBucketKey = (world: World, { key, acts, polls }: BucketPlan): void => {
  const { scheduler, truth, ledger, stores } = world;
  const [uploadId = ''] = stores.uploadsOfKey(key);
  for (const act of acts) {
    scheduler.after(act.at, () => {
      if (act.act === 'put') truth.bucket.put(key, act.bytes);
      else if (act.act === 'hide') truth.bucket.remove(key);
      else {
        const latest = truth.bucket.versions(key).findLast(({ bytes }) => bytes !== undefined);
        if (latest === undefined) return;
        truth.bucket.removeVersion(key, latest.versionId);
        ledger.removed(latest.versionId, 'gone');
        world.note('tool', `removes ${latest.versionId} for good`, [uploadId]);
      }
    });
  }
  scheduler.after(acts[0]?.at ?? 0, () => follow(world, uploadId, polls));
};

/** An operator who has uploads processed once more, at moments of no plan. */
export const addOperator = (world: World, times: readonly number[]): void => {
  const { scheduler, random, truth, lambda, stores, onLog, ledger } = world;
  for (const time of times) {
    scheduler.after(time, () => {
      const rows = truth.rows.uploads();
      const row = rows[random.below(rows.length)];
      if (row === undefined) return;
      lambda.invoke(
        { name: 'reprocess', timeoutSeconds: TIMEOUT_SECONDS.reprocess, uploads: [row.id] },
        (inv) =>
          createReprocessUpload(depsOf(inv, stores, onLog))(row.id, {
            requestId: inv.id,
            attempt: 1,
          }),
        (ended) => ledger.cover(`reprocess: ${ended.kind}`),
      );
    });
  }
};

/** One poll of every upload, when all is quiet: the view must have come round to the state. */
export const pollAll = (world: World): void => {
  const { truth, lambda, stores, onLog, ledger } = world;
  for (const row of truth.rows.uploads()) {
    lambda.invoke(
      { name: 'get-upload', timeoutSeconds: TIMEOUT_SECONDS['get-upload'], uploads: [row.id] },
      (inv) =>
        createReadStatus(depsOf(inv, stores, onLog))(
          { tenant: row.tenant, owner: row.owner, confirm },
          row.id,
        ),
      (ended) => {
        if (ended.kind !== 'answered') {
          ledger.violate({ law: 'L5', uploadId: row.id, what: `a last poll ${ended.kind}` });
          return;
        }
        const { rev, state, source } = ended.answer;
        if (rev === row.rev) return;
        const what = `long after the end ${source} still says rev ${rev} ${state}, the state is rev ${row.rev} ${row.state}`;
        ledger.violate({ law: 'L5', uploadId: row.id, what });
      },
    );
  }
};
