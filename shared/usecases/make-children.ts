/**
 * Makes uploads of what is inside of one: a row for each, which says whose child it is, then its object, whose event starts
 * it as any other's. Ids follow from the parent's generation and the place in it, rows and objects are written by whoever comes
 * first, so a worker that dies anywhere is followed by one that goes on where it stopped.
 */
import type { LaneMessage } from '../contracts/messages.ts';
import {
  CHILD_WAIT_MS,
  childrenIdOf,
  newChildren,
  noObject,
  wasRefused,
} from '../domain/children.ts';
import { nextDriveAt } from '../domain/due.ts';
import { NonRetryableError, RetryableError } from '../domain/errors.ts';
import { incomingKey } from '../domain/object-key.ts';
import { documentOf } from '../domain/status.ts';
import { transition } from '../domain/transition.ts';
import { type AwaitingUpload, newUpload, type Upload } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupStore } from '../ports/group-store.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { StatusBoard } from '../ports/status-board.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { WorkQueue } from '../ports/work-queue.ts';
import type { ChildFile, ChildMaker } from '../processors/processor.ts';
import { finalizeMessageFor } from './drive-forward.ts';
import type { IdOfMember } from './end-group.ts';
import { causeOf, type RecordMeta } from './record-meta.ts';

export interface MakeChildrenDeps {
  readonly store: UploadStore;
  readonly groups: GroupStore;
  readonly objects: ObjectStore;
  readonly board: StatusBoard;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly idOfMember: IdOfMember;
}

/** What an entry is, its own bytes say. */
const UNKNOWN_TYPE = 'application/octet-stream';

/** What a child inherits: all but being unpacked itself, so that archives in archives come to an end. */
const inherited = ({ options }: LaneMessage): Pick<LaneMessage, 'options'> => {
  const { unpack: _, ...rest } = options ?? {};
  return Object.keys(rest).length === 0 ? {} : { options: rest };
};

const ownerIn = ({ owner }: LaneMessage): string => {
  if (owner === undefined) throw new NonRetryableError('invalid_message');
  return owner;
};

export const createMakeChildren = (deps: MakeChildrenDeps) => {
  const { store, groups, objects, board, queue, clock, idOfMember } = deps;

  return (message: LaneMessage, meta: RecordMeta, signal: AbortSignal): ChildMaker => {
    const groupId = childrenIdOf(message);
    const { tenant } = message;

    const childOf = ({ index, name, size }: ChildFile): AwaitingUpload => {
      const at = clock.now();
      return newUpload(
        {
          id: idOfMember(groupId, index),
          tenant,
          owner: ownerIn(message),
          declared: { name, size, type: UNKNOWN_TYPE },
          ...inherited(message),
          group: { id: groupId, index },
          uploadDeadline: at + CHILD_WAIT_MS,
          dueAt: nextDriveAt(at, 0),
        },
        at,
        causeOf(meta),
      );
    };

    /** Whoever ended it here may have died before anybody was told. */
    const follow = async (child: Upload): Promise<void> => {
      await board.show(documentOf(child));
      await queue.send('finalize', [finalizeMessageFor(child.id)], tenant);
    };

    /** It has no bytes that could be processed, which is its own end and not that of its neighbours. */
    const refuse = async (child: AwaitingUpload, error: NonRetryableError): Promise<void> => {
      const at = clock.now();
      const object = noObject(message.object.bucket, incomingKey(tenant, child.id), at);
      const { code, detail } = error;
      const event = { type: 'object_refused', object, state: 'failed', code, detail } as const;
      const result = transition(child, event, { at, cause: causeOf(meta) });
      if ('refused' in result) return;
      const answer = await store.put(result.next);
      if (answer.kind === 'lost') throw new RetryableError('lost_race');
      await follow(result.next);
    };

    return {
      async expect(count) {
        const owner = ownerIn(message);
        await groups.create(newChildren({ ...message, owner, count }, clock.now()));
      },
      async make(file, open) {
        const made = childOf(file);
        const answer = await store.put(made);
        if (answer.kind === 'written') await board.show(documentOf(made));
        const child = answer.kind === 'written' ? made : answer.current;
        // The row vanished under us: look again from the start at the next delivery.
        if (child === undefined) throw new RetryableError('lost_race');
        if (child.state !== 'awaiting_upload') {
          if (wasRefused(child)) await follow(child);
          return;
        }
        const key = incomingKey(tenant, child.id);
        if (answer.kind === 'lost' && (await objects.latest(key)) !== undefined) return;
        try {
          const body = await open();
          await objects.putIncoming(key, body, { size: file.size, type: UNKNOWN_TYPE, signal });
        } catch (error) {
          const isItsOwn = error instanceof NonRetryableError && error.code === 'corrupt';
          if (!isItsOwn) throw error;
          await refuse(child, error);
        }
      },
    };
  };
};
