/** Who asks how an upload is: its owner, who remembers what it saw, and everybody once more when all is quiet. */
import { RequestError, RetryableError } from '../../shared/domain/errors.ts';
import type { Principal } from '../../shared/ports/session-verifier.ts';
import { createReadStatus, type StatusAnswer } from '../../shared/usecases/read-status.ts';
import { depsOf, TIMEOUT_SECONDS } from './functions.ts';
import type { Invocation } from './invocation.ts';
import { listAll } from './listings.ts';
import type { World } from './world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** How long a document that does not change is believed, and how far two clocks may be apart. */
const TRUSTED_MS = 30 * SECOND;
const APART_MS = 10 * MINUTE;

/** Nobody's session ends here. */
const confirm = async () => true;

const STATUS = { name: 'get-upload', timeoutSeconds: TIMEOUT_SECONDS['get-upload'] } as const;

const isNotFound = (error: unknown): boolean =>
  error instanceof RequestError && error.code === 'not_found';

/** The ports of a poll, and what it could not find out by them. */
const pollingDeps = ({ stores, onLog }: World, inv: Invocation) => {
  const { store, board, desk, clock, random } = depsOf(inv, stores, onLog);
  const hindered = { isHeld: false, couldNotAsk: false, couldNotShow: false, shownAt: 0 };
  return {
    hindered,
    deps: {
      clock,
      random,
      store: {
        ...store,
        find: (id: string) =>
          store.find(id).catch((error: unknown) => {
            hindered.couldNotAsk = error instanceof RetryableError;
            throw error;
          }),
      },
      desk: {
        async look(reader: Principal, id: string) {
          const answer = await desk.look(reader, id);
          hindered.couldNotShow = answer.found === 'unavailable';
          if (typeof answer.found === 'object') hindered.shownAt = answer.found.shownAt;
          return answer;
        },
      },
      board: {
        ...board,
        async claim(lease: Parameters<typeof board.claim>[0]) {
          const answer = await board.claim(lease);
          hindered.isHeld = answer === 'held';
          return answer;
        },
        async show(document: Parameters<typeof board.show>[0]) {
          const answer = await board.show(document);
          hindered.couldNotShow = answer === 'unavailable';
          return answer;
        },
      },
    },
  };
};

type Hindered = ReturnType<typeof pollingDeps>['hindered'];

/** What one poll of an owner may say of an upload that was deleted before it asked. */
const judgeAfterDeletion = (
  world: World,
  poll: { readonly uploadId: string; readonly askedAt: number; readonly answered: Answered },
): void => {
  const { ledger, scheduler } = world;
  const { uploadId, askedAt, answered } = poll;
  const { source, hindered } = answered;
  const refusedAt = ledger.refusedAt(uploadId) ?? Number.POSITIVE_INFINITY;
  const isKnown = refusedAt < askedAt && ledger.shownLiveAt(uploadId) < refusedAt;
  const isYoung = Math.abs(scheduler.now() - hindered.shownAt) < TRUSTED_MS + APART_MS;
  const violate = (what: string): void => ledger.violate({ law: 'E23', uploadId, what });
  ledger.cover('deleted, and the board did not know yet');
  if (source === 'store') violate('the state shows a deleted upload');
  else if (hindered.couldNotAsk) return;
  else if (isKnown) violate('the board shows a deleted upload, although a poll had found out');
  else if (!isYoung && !hindered.isHeld) violate('the board still shows a deleted upload');
};

interface Answered {
  readonly source: 'cache' | 'store';
  readonly hindered: Hindered;
}

interface Shown extends StatusAnswer {
  readonly storeRev: number;
  readonly hindered: Hindered;
}

export interface FollowTerms {
  readonly uploadId: string;
  readonly principal: Principal;
  readonly polls: number;
}

/** Polls one upload until the client loses interest; it remembers what it saw, as its ETag. */
export const follow = (world: World, { uploadId, principal, polls }: FollowTerms): void => {
  const { scheduler, random, lambda, ledger, truth } = world;
  const caller = { ...principal, confirm };
  let seenRev = 0;
  const stored = () => truth.rows.uploads().find(({ id }) => id === uploadId);

  const shown = ({ rev, state, source, storeRev, hindered }: Shown, askedAt: number): void => {
    world.note('client', `sees rev ${rev} ${state} (${source})`, [uploadId]);
    ledger.polled({ uploadId, rev, source, storeRev, seenRev });
    seenRev = Math.max(seenRev, rev);
    if ((ledger.deletedAt(uploadId) ?? Number.POSITIVE_INFINITY) >= askedAt) return;
    judgeAfterDeletion(world, { uploadId, askedAt, answered: { source, hindered } });
  };
  const refused = (wasThere: boolean, couldNotShow: boolean): void => {
    world.note('client', 'is told that there is no such upload', [uploadId]);
    if (ledger.deletedAt(uploadId) !== undefined) {
      ledger.cover('owner refused after the deletion');
      if (!couldNotShow) ledger.refused(uploadId);
    } else if (wasThere) {
      ledger.violate({ law: 'L1', uploadId, what: 'its owner was told that it does not exist' });
    }
  };
  const poll = (left: number): void => {
    if (left === 0) return;
    const askedAt = scheduler.now();
    const wasThere = stored() !== undefined;
    let hindered: Hindered | undefined;
    lambda.invoke(
      { ...STATUS, uploads: [uploadId] },
      async (inv) => {
        const polling = pollingDeps(world, inv);
        ({ hindered } = polling);
        const answer = await createReadStatus(polling.deps)(caller, uploadId, seenRev);
        return { ...answer, hindered: polling.hindered, storeRev: stored()?.rev ?? 0 };
      },
      (ended) => {
        if (ended.kind === 'answered') shown(ended.answer, askedAt);
        else if (ended.kind === 'failed' && isNotFound(ended.error)) {
          refused(wasThere, hindered?.couldNotShow === true);
        }
        const pause = random.below(random.chance(0.5) ? 20 * SECOND : 20 * MINUTE);
        scheduler.after(pause, () => poll(left - 1));
      },
    );
  };
  scheduler.after(random.below(5 * SECOND), () => poll(polls));
};

/** One poll of every upload, when all is quiet, and every listing: the view must have come round to the state. */
export const pollAll = (world: World): void => {
  listAll(world);
  const { truth, lambda, stores, onLog, ledger } = world;
  for (const row of truth.rows.uploads()) {
    const { id: uploadId, tenant, owner } = row;
    const isBuried = ledger.deletedAt(uploadId) !== undefined;
    lambda.invoke(
      { ...STATUS, uploads: [uploadId] },
      (inv) => createReadStatus(depsOf(inv, stores, onLog))({ tenant, owner, confirm }, uploadId),
      (ended) => {
        if (ended.kind !== 'answered') {
          const isRight = isBuried && ended.kind === 'failed' && isNotFound(ended.error);
          if (!isRight) ledger.violate({ law: 'L5', uploadId, what: `a last poll ${ended.kind}` });
          return;
        }
        const { rev, state, source } = ended.answer;
        if (rev === row.rev && !isBuried) return;
        const what = `long after the end ${source} still says rev ${rev} ${state}, the state is rev ${row.rev} ${row.state}`;
        ledger.violate({ law: isBuried ? 'E23' : 'L5', uploadId, what });
      },
    );
  }
};
