/** L6: whoever got hold of an id that is not theirs, of another tenant or another user, is answered as for one that nobody has. */
import { incomingKey } from '../../shared/domain/object-key.ts';
import { BUCKET_OWNER, type Upload } from '../../shared/domain/upload.ts';
import type { Principal } from '../../shared/ports/session-verifier.ts';
import { contentOf } from './contents.ts';
import { deleteUpload, getHistory, getResult, getUpload, uploadParts } from './deployed.ts';
import { OWNERS, TENANTS } from './people.ts';
import { type Answer, type Request, send } from './requests.ts';
import type { World } from './world.ts';

type Attempt = Omit<Request, 'principal' | 'uploadId'>;

const PARTS = { name: 'upload-parts', createHandler: uploadParts.createHandler, method: 'POST' };

/** Every route that takes the id of an upload. */
const ATTEMPTS: readonly Attempt[] = [
  {
    name: 'get-upload',
    createHandler: getUpload.createHandler,
    method: 'GET',
    path: '/uploads/{id}',
  },
  {
    name: 'get-history',
    createHandler: getHistory.createHandler,
    method: 'GET',
    path: '/uploads/{id}/history',
  },
  {
    name: 'get-result',
    createHandler: getResult.createHandler,
    method: 'GET',
    path: '/uploads/{id}/results/{step}/{name}',
    parameters: { step: 'sim-outline', name: 'outline.txt' },
  },
  {
    name: 'delete-upload',
    createHandler: deleteUpload.createHandler,
    method: 'DELETE',
    path: '/uploads/{id}',
  },
  { ...PARTS, name: 'upload-parts', path: '/uploads/{id}/parts', body: { parts: [1] } },
  { ...PARTS, name: 'upload-parts', path: '/uploads/{id}/complete', body: {} },
];

/** Everybody who may not see this upload. */
const strangersTo = ({ tenant, owner }: Upload): readonly Principal[] =>
  TENANTS.flatMap((other) => OWNERS.map((name) => ({ tenant: other, owner: name }))).filter(
    (one) => one.tenant !== tenant || (owner !== BUCKET_OWNER && one.owner !== owner),
  );

/** An answer without what differs between any two. */
const withoutId = ({ status, headers, body }: Answer, uploadId: string): string => {
  const problem = typeof body === 'object' ? { ...body, requestId: '' } : body;
  return JSON.stringify({ status, headers, body: problem }).replaceAll(uploadId, '{id}');
};

/** Tries one route with an id that somebody else has, and with one that nobody has. */
const tryOnce = (world: World, row: Upload): void => {
  const { random, ledger, note } = world;
  const strangers = strangersTo(row);
  const attempt = ATTEMPTS[random.below(ATTEMPTS.length)];
  const principal = strangers[random.below(strangers.length)];
  if (attempt === undefined || principal === undefined) return;
  const nobodys = `${row.id.split('_')[0]}_${random.id()}`;
  const request = { ...attempt, principal };

  send(world, { ...request, uploadId: row.id }, (theirs) => {
    note('stranger', `${attempt.method} ${attempt.path}: ${theirs.status}`, [row.id]);
    // Whatever hindered the answer says nothing about the upload.
    if (theirs.status === 503) return;
    const violate = (what: string): void =>
      ledger.violate({ law: 'L6', uploadId: row.id, what: `${attempt.path} ${what}` });
    if (theirs.status !== 404) return violate(`answered a stranger ${theirs.status}`);
    send(world, { ...request, uploadId: nobodys }, (unknown) => {
      if (unknown.status === 503) return;
      ledger.cover('stranger refused as for an unknown id');
      const [left, right] = [withoutId(theirs, row.id), withoutId(unknown, nobodys)];
      if (left !== right) violate(`tells ${left} apart from ${right}`);
    });
  });
};

/** Puts into another tenant's folder what is called like an upload of this one. */
const putAway = ({ truth, ledger }: World, row: Upload): void => {
  const tenant = TENANTS.find((other) => other !== row.tenant) ?? '';
  ledger.cover('named like an upload of another tenant');
  truth.bucket.put(incomingKey(tenant, row.id), contentOf('plain', 'not yours'));
};

export const addStranger = (world: World, times: readonly number[]): void => {
  const { scheduler, random, truth } = world;
  for (const time of times) {
    scheduler.after(time, () => {
      const rows = truth.rows.uploads();
      const row = rows[random.below(rows.length)];
      if (row === undefined) return;
      if (row.origin === 'api' && random.chance(0.1)) putAway(world, row);
      else tryOnce(world, row);
    });
  }
};
