/** Clients who send several files as one, with one request that they repeat under its key until it is answered. */
import { createHash } from 'node:crypto';
import { createMemoryIdempotencyStore } from '../../shared/adapters/memory/memory-idempotency-store.ts';
import { RetryableError } from '../../shared/domain/errors.ts';
import type { IdempotencyStore } from '../../shared/ports/idempotency-store.ts';
import type { Principal } from '../../shared/ports/session-verifier.ts';
import { type CreatedGroup, createCreateGroup } from '../../shared/usecases/create-group.ts';
import { contentOf, type Kind } from './contents.ts';
import { depsOf, TIMEOUT_SECONDS } from './functions.ts';
import type { Invocation } from './invocation.ts';
import { insist } from './requests.ts';
import type { World } from './world.ts';

export interface Member {
  readonly kind: Kind;
  /** False: its file never comes. */
  readonly comes: boolean;
}

export interface GroupPlan {
  readonly principal: Principal;
  readonly startsAt: number;
  readonly members: readonly Member[];
}

const bytesOf = ({ kind }: Member, index: number): Buffer => contentOf(kind, `member ${index}`);

const fileOf = (member: Member, index: number) => {
  const bytes = bytesOf(member, index);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { declared: { name: `${index}.txt`, size: bytes.length, type: 'text/plain', sha256 } };
};

const idempotencyOf = (inv: Invocation, keys: IdempotencyStore): IdempotencyStore => ({
  claim: (...claim) =>
    inv.effect(
      { name: 'idempotency.claim', uploads: [] },
      () => keys.claim(...claim),
      async () => {
        throw new RetryableError('store_unavailable', { detail: 'Injected.' });
      },
    ),
});

export const addGroupClient = (
  world: World,
  { principal, startsAt, members }: GroupPlan,
  onMember: (uploadId: string) => void = () => undefined,
): void => {
  const { scheduler, stores, onLog, truth, declared } = world;
  const name = 'create-upload-group';
  const keys = createMemoryIdempotencyStore();
  const files = members.map(fileOf);
  const use = ({ uploads }: CreatedGroup): void => {
    for (const [index, { status, post }] of uploads.entries()) {
      const member = members[index];
      const file = files[index];
      if (member === undefined || file === undefined || post === undefined) continue;
      declared.set(status.id, file.declared);
      onMember(status.id);
      if (!member.comes) continue;
      scheduler.after(1_000, () => truth.bucket.submit(post, bytesOf(member, index)));
    }
  };
  const terms = { name, timeoutSeconds: TIMEOUT_SECONDS[name], uploads: [] };
  const create = (inv: Invocation): Promise<CreatedGroup> =>
    createCreateGroup({
      ...depsOf(inv, stores, onLog),
      idempotency: idempotencyOf(inv, keys),
      typePolicy: 'accept',
    })({ principal, files, requestId: inv.id, key: 'key-1' });
  scheduler.after(startsAt, () => insist(world, [terms, create], use));
};
