/** Who asks for a listing: it shows everybody their own and nothing else, and when all is quiet, the whole of it. */
import { parentOf } from '../../shared/domain/children.ts';
import { isDeleted, type Upload } from '../../shared/domain/upload.ts';
import type { Principal } from '../../shared/ports/session-verifier.ts';
import { listUploads } from './deployed.ts';
import { OWNERS, TENANTS } from './people.ts';
import { type Answer, send } from './requests.ts';
import type { World } from './world.ts';

const LIMIT = '2';
/** More pages than any world has: a listing that goes round in a circle is found out. */
const MOST_PAGES = 20;

const EVERYBODY: readonly Principal[] = TENANTS.flatMap((tenant) =>
  OWNERS.map((owner) => ({ tenant, owner })),
);

interface Page {
  readonly uploads: readonly { readonly id: string }[];
  readonly cursor?: string;
}

const request = {
  name: 'list-uploads',
  createHandler: listUploads.createHandler,
  method: 'GET',
  path: '/uploads',
  uploadId: '',
} as const;

const isOf =
  ({ tenant, owner }: Principal) =>
  (row: Upload): boolean =>
    row.tenant === tenant && row.owner === owner;

/** Reads a listing to its end; `onEnd` gets its ids, or undefined when a page was not answered. */
const readAll = (
  world: World,
  principal: Principal,
  onEnd: (ids: readonly string[] | undefined, cursor: string | undefined) => void,
): void => {
  const { ledger, truth } = world;
  const mine = isOf(principal);
  const take = (answer: Answer, before: readonly string[], last: string | undefined): void => {
    if (answer.status !== 200) {
      if (answer.status !== 503) {
        ledger.violate({ law: 'L6', uploadId: '', what: `a listing answered ${answer.status}` });
      }
      onEnd(undefined, last);
      return;
    }
    // Of our own contract; its tests are those of the handler.
    const { uploads, cursor } = answer.body as Page;
    for (const { id } of uploads) {
      const row = truth.rows.uploads().find((one) => one.id === id);
      if (row !== undefined && mine(row)) continue;
      const what = `was listed to ${principal.tenant}/${principal.owner}`;
      ledger.violate({ law: 'L6', uploadId: id, what });
    }
    const ids = [...before, ...uploads.map(({ id }) => id)];
    if (cursor === undefined || ids.length > MOST_PAGES * Number(LIMIT)) onEnd(ids, last);
    else ask(cursor, ids);
  };
  const ask = (cursor: string | undefined, before: readonly string[]): void => {
    const query = { limit: LIMIT, ...(cursor === undefined ? {} : { cursor }) };
    send(world, { ...request, principal, query }, (answer) => take(answer, before, cursor));
  };
  ask(undefined, []);
};

/** Somebody lists their uploads, and somebody else goes on with the cursor. */
export const addReader = (world: World, times: readonly number[]): void => {
  const { scheduler, random, ledger, truth } = world;
  for (const time of times) {
    scheduler.after(time, () => {
      const principal = EVERYBODY[random.below(EVERYBODY.length)];
      const other = EVERYBODY[random.below(EVERYBODY.length)];
      if (principal === undefined || other === undefined) return;
      const wereThere = truth.rows.uploads().filter(isOf(principal)).length;
      readAll(world, principal, (ids, cursor) => {
        if (ids !== undefined && new Set(ids).size < ids.length) {
          ledger.violate({ law: 'L6', uploadId: ids[0] ?? '', what: 'was listed twice' });
        }
        if (ids !== undefined && ids.length < wereThere) ledger.cover('listed less than there was');
        if (cursor === undefined) return;
        send(world, { ...request, principal: other, query: { cursor } }, ({ status, body }) => {
          if (status !== 200) return;
          ledger.cover('went on with the cursor of another');
          for (const { id } of (body as Page).uploads) {
            const row = truth.rows.uploads().find((one) => one.id === id);
            if (row !== undefined && isOf(other)(row)) continue;
            const what = `was listed to ${other.tenant}/${other.owner} by a cursor`;
            ledger.violate({ law: 'L6', uploadId: id, what });
          }
        });
      });
    });
  }
};

/** Everybody's listing when all is quiet: neither more nor less than what is theirs; children are found at their parent. */
export const listAll = (world: World): void => {
  const { truth, ledger } = world;
  for (const principal of EVERYBODY) {
    const mine = truth.rows
      .uploads()
      .filter((row) => isOf(principal)(row) && !isDeleted(row) && parentOf(row) === undefined);
    readAll(world, principal, (ids) => {
      const wanted = mine.map(({ id }) => id).sort();
      if (ids !== undefined && [...ids].sort().join() === wanted.join()) return;
      const what = `${principal.tenant}/${principal.owner} is shown ${ids?.length} of ${wanted.length}`;
      ledger.violate({ law: 'L6', uploadId: wanted[0] ?? '', what });
    });
  }
};
