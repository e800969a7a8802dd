/** The status board in Redis: one hash per upload with the document, its rev and the marks of running steps. */
import type { Redis } from 'ioredis';
import { statusDocument } from '../../contracts/status.ts';
import type { StatusDocument } from '../../domain/status.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { BoardEntry, StatusBoard, StepMark } from '../../ports/status-board.ts';
import { keptMs, marksOf, openSteps } from '../board-terms.ts';
import { type BoundedRedis, createBoundedRedis } from './bounded-redis.ts';
import { CLAIM, MARK, RELEASE, runScript, SHOW } from './scripts.ts';

export interface RedisStatusBoardOptions {
  readonly client: Redis;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Milliseconds for one command on an open connection. */
  readonly commandMs?: number | undefined;
}

/** The braces keep a key in one slot of a cluster. Tenants cannot contain a slash, so no two uploads share a key. */
const uploadKey = (tenant: string, uploadId: string): string => `u:{${tenant}/${uploadId}}`;
const leaseKey = (key: string): string => `l:{${key}}`;

const MARK_PREFIX = 'm:';
const MARK_TEXT = /^(\d{1,10}):(\d{1,15}):(\d{1,10})$/;
/** A document is a few KB; a row of the state could not be larger than 400 KB either. */
const MAX_DOCUMENT_CHARACTERS = 1_000_000;

const markText = ({ generation, startedAt, attempt }: StepMark): string =>
  `${generation}:${startedAt}:${attempt}`;

const parseMarks = (fields: Readonly<Record<string, string>>): Record<string, StepMark> => {
  const marks: [string, StepMark][] = [];
  for (const [field, text] of Object.entries(fields)) {
    const parsed = field.startsWith(MARK_PREFIX) ? MARK_TEXT.exec(text) : null;
    if (parsed === null) continue;
    const [generation = 0, startedAt = 0, attempt = 0] = parsed.slice(1).map(Number);
    marks.push([field.slice(MARK_PREFIX.length), { generation, startedAt, attempt }]);
  }
  return Object.fromEntries(marks);
};

const parseDocument = (text: string): StatusDocument | undefined => {
  if (text.length > MAX_DOCUMENT_CHARACTERS) return undefined;
  try {
    return statusDocument.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** Undefined when the hash is not what this version shows for this upload. */
const parseEntry = (
  fields: Readonly<Record<string, string>>,
  { tenant, uploadId, now }: { tenant: string; uploadId: string; now: number },
): BoardEntry | undefined => {
  const document = parseDocument(fields.doc ?? '');
  const isTheirs =
    document?.tenant === tenant &&
    document.status.id === uploadId &&
    String(document.status.rev) === fields.rev;
  if (!isTheirs) return undefined;
  return { document, marks: marksOf(document, parseMarks(fields), now) };
};

const show = async (redis: BoundedRedis, document: StatusDocument) => {
  const { tenant, status } = document;
  const reply = await redis.run((client) =>
    runScript(
      client,
      SHOW,
      uploadKey(tenant, status.id),
      ...[status.rev, status.generation, JSON.stringify(document), keptMs(document)],
      ...openSteps(document),
    ),
  );
  if (reply.kind !== 'answered') return 'unavailable';
  return reply.value === 1 ? 'shown' : 'older';
};

const find = async (redis: BoundedRedis, clock: Clock, tenant: string, uploadId: string) => {
  const key = uploadKey(tenant, uploadId);
  const reply = await redis.run((client) => client.hgetall(key));
  if (reply.kind === 'answered') {
    if (Object.keys(reply.value).length === 0) return 'missing';
    const entry = parseEntry(reply.value, { tenant, uploadId, now: clock.now() });
    if (entry !== undefined) return entry;
  } else if (reply.kind === 'unavailable' || !reply.error.message.startsWith('WRONGTYPE')) {
    return 'unavailable';
  }
  // Garbage, or another type under our key: away with it, the state fills the place again.
  await redis.run((client) => client.del(key));
  return 'missing';
};

export const createRedisStatusBoard = (options: RedisStatusBoardOptions): StatusBoard =>
  createStatusBoardOn(createBoundedRedis(options), options.clock);

/** On a connection that serves others too. */
export const createStatusBoardOn = (redis: BoundedRedis, clock: Clock): StatusBoard => {
  return {
    show: (document) => show(redis, document),
    find: (tenant, uploadId) => find(redis, clock, tenant, uploadId),
    async mark(marked) {
      const { tenant, uploadId, steps } = marked;
      const key = uploadKey(tenant, uploadId);
      await redis.run((client) => runScript(client, MARK, key, markText(marked), ...steps));
    },
    async claim({ key, token, seconds }) {
      const reply = await redis.run((client) =>
        runScript(client, CLAIM, leaseKey(key), token, Math.ceil(seconds * 1000)),
      );
      if (reply.kind !== 'answered') return 'unavailable';
      return reply.value === 1 ? 'claimed' : 'held';
    },
    async release({ key, token }) {
      await redis.run((client) => runScript(client, RELEASE, leaseKey(key), token));
    },
  };
};
