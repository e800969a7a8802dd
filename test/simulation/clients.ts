/** Clients of the API: they announce a file, send it in one form or in parts, ask how it is, and may take it back. */
import { createHash } from 'node:crypto';
import { incomingKey } from '../../shared/domain/object-key.ts';
import type { DeclaredFile } from '../../shared/domain/upload.ts';
import type { PresignedPost } from '../../shared/ports/object-signer.ts';
import type { Principal } from '../../shared/ports/session-verifier.ts';
import { type CreatedUpload, createCreateUpload } from '../../shared/usecases/create-upload.ts';
import { zipOf } from '../support/archives.ts';
import { contentOf, type Kind } from './contents.ts';
import { addDeletion, type DeletionPlan } from './deletions.ts';
import { uploadParts } from './deployed.ts';
import { depsOf, TIMEOUT_SECONDS } from './functions.ts';
import type { Invocation } from './invocation.ts';
import { follow } from './pollers.ts';
import { type Answer, insist, type Request, send } from './requests.ts';
import type { World } from './world.ts';

const SECOND = 1000;
/** Of the CRC in an entry of a zip's directory. */
const CRC_AT = 16;

/** When a client asks for the address of its one part, how long it waits before each further step, and how many it takes. */
export interface PartsPlan {
  readonly after: number;
  readonly pause: number;
  readonly steps: 1 | 2 | 3;
}

/** A zip of such files, each of which becomes an upload. */
export interface ZipPlan {
  readonly kinds: readonly Kind[];
  /** The bytes of the last are not those that the directory says. */
  readonly isDamaged: boolean;
}

/** What a client intends with one upload. */
export interface ClientPlan {
  readonly principal: Principal;
  readonly kind: Kind;
  readonly text: string;
  /** Sends a zip instead of a file of its kind. */
  readonly zip?: ZipPlan;
  readonly sha256: 'right' | 'wrong' | 'none';
  readonly startsAt: number;
  /** Delays from the moment it holds the form to each time it sends it. */
  readonly submits: readonly { readonly after: number; readonly text?: string }[];
  /** Sends the file in its one part instead. */
  readonly parts?: PartsPlan;
  /** What another tool puts at its key, and when. */
  readonly intruder?: { readonly after: number; readonly bytes: Uint8Array };
  readonly deletion?: DeletionPlan;
  readonly polls: number;
}

const zipFor = ({ kinds, isDamaged }: ZipPlan, text: string): Buffer => {
  const bodies = kinds.map((kind, index) => contentOf(kind, `${text} ${index}`).toString());
  const zip = zipOf(bodies.map((body, index) => ({ name: `${index}.txt`, body })));
  if (isDamaged) zip.writeUInt32LE(0xdeadbeef, zip.lastIndexOf('PK\x01\x02') + CRC_AT);
  return zip;
};

const bytesFor = ({ kind, zip }: ClientPlan, text: string): Buffer =>
  zip === undefined ? contentOf(kind, text) : zipFor(zip, text);

const declaredFor = (plan: ClientPlan): { file: DeclaredFile; bytes: Buffer } => {
  const { kind, text, sha256, zip } = plan;
  const bytes = bytesFor(plan, text);
  const right = createHash('sha256').update(bytes).digest('hex');
  const digest = { right, wrong: '0'.repeat(64), none: undefined }[sha256];
  const [name, type] = zip ? ['all.zip', 'application/zip'] : [`${kind}.txt`, 'text/plain'];
  const file = { name, size: bytes.length, type };
  return { bytes, file: digest === undefined ? file : { ...file, sha256: digest } };
};

const submit = (world: World, uploadId: string, post: PresignedPost, bytes: Uint8Array): void => {
  const answer = world.truth.bucket.submit(post, bytes);
  world.ledger.cover(`form: ${answer}`);
  world.note('client', `sends the form: ${answer}`, [uploadId]);
};

const PARTS = {
  name: 'upload-parts',
  createHandler: uploadParts.createHandler,
  method: 'POST',
} as const;

interface SignedBody {
  readonly parts: readonly { readonly url: string }[];
}

/** Asks for the address of the one part, sends it, and completes; stops after so many of the three steps. */
const sendInParts = (
  world: World,
  { uploadId, principal }: Pick<Request, 'uploadId' | 'principal'>,
  { bytes, pause, steps }: { bytes: Uint8Array; pause: number; steps: number },
): void => {
  const { scheduler, ledger, truth } = world;
  /** Asks again while nothing answers; what is refused stays so. */
  const ask = (
    request: Omit<Request, 'uploadId' | 'principal'>,
    then: (answer: Answer) => void,
  ) => {
    const once = (left: number): void =>
      send(world, { ...request, uploadId, principal }, (answer) => {
        ledger.cover(`parts: ${request.path} ${answer.status}`);
        world.note('client', `${request.path} is answered ${answer.status}`, [uploadId]);
        if (answer.status === 200) then(answer);
        else if (answer.status === 503 && left > 0)
          scheduler.after(5 * SECOND, () => once(left - 1));
      });
    once(5);
  };
  const complete = (): void =>
    ask({ ...PARTS, path: '/uploads/{id}/complete', body: {} }, () => undefined);
  ask({ ...PARTS, path: '/uploads/{id}/parts', body: { parts: [1] } }, ({ body }) => {
    // The body is that of our own contract; its tests are those of the handler.
    const [part] = (body as SignedBody).parts;
    if (part === undefined || steps < 2) return;
    scheduler.after(pause, () => {
      const answer = truth.parts.sendPart(part.url, bytes);
      ledger.cover(`part: ${answer}`);
      world.note('client', `sends its part: ${answer}`, [uploadId]);
      if (steps === 3) scheduler.after(pause, complete);
    });
  });
};

export const addClient = (world: World, plan: ClientPlan): void => {
  const { scheduler, stores, onLog, truth } = world;
  const { principal, submits, parts, intruder, deletion, polls } = plan;
  const { file, bytes } = declaredFor(plan);

  const use = ({ status: { id: uploadId }, post }: CreatedUpload): void => {
    world.declared.set(uploadId, file);
    for (const { after, text } of submits) {
      const body = text === undefined ? bytes : bytesFor(plan, text);
      scheduler.after(after, () => submit(world, uploadId, post!, body));
    }
    if (parts !== undefined) {
      const sending = { bytes, pause: parts.pause, steps: parts.steps };
      scheduler.after(parts.after, () => sendInParts(world, { uploadId, principal }, sending));
    }
    if (intruder !== undefined) {
      const key = incomingKey(principal.tenant, uploadId);
      scheduler.after(intruder.after, () => truth.bucket.put(key, intruder.bytes));
    }
    if (deletion !== undefined) addDeletion(world, { uploadId, principal }, deletion);
    follow(world, { uploadId, principal, polls });
  };
  const terms = { name: 'create-upload', timeoutSeconds: TIMEOUT_SECONDS['create-upload'] };
  const create = (inv: Invocation): Promise<CreatedUpload> =>
    createCreateUpload({ ...depsOf(inv, stores, onLog), typePolicy: 'accept' })({
      principal,
      declared: file,
      ...(plan.zip === undefined ? {} : { options: { unpack: true } }),
      requestId: inv.id,
    });
  scheduler.after(plan.startsAt, () => insist(world, [{ ...terms, uploads: [] }, create], use));
};
