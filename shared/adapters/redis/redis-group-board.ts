/** The view of groups in Redis: one hash per group with the document and its rev. */
import { groupDocument } from '../../contracts/group.ts';
import type { GroupDocument } from '../../domain/group-status.ts';
import type { GroupBoard } from '../../ports/group-board.ts';
import { GROUP_KEPT_MS } from '../group-view.ts';
import type { BoundedRedis } from './bounded-redis.ts';
import { runScript, SHOW_GROUP } from './scripts.ts';

const keyOf = (tenant: string, groupId: string): string => `g:{${tenant}/${groupId}}`;

/** A thousand members with a name each, and then some. */
const MAX_DOCUMENT_CHARACTERS = 1_000_000;

const parse = (text: string): GroupDocument | undefined => {
  if (text.length > MAX_DOCUMENT_CHARACTERS) return undefined;
  try {
    return groupDocument.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

export const createRedisGroupBoard = (redis: BoundedRedis): GroupBoard => ({
  async showGroup(document) {
    const { tenant, status } = document;
    const text = JSON.stringify(document);
    const reply = await redis.run((client) =>
      runScript(client, SHOW_GROUP, [keyOf(tenant, status.id)], status.rev, text, GROUP_KEPT_MS),
    );
    if (reply.kind !== 'answered') return 'unavailable';
    return reply.value === 1 ? 'shown' : 'older';
  },
  async findGroup(tenant, groupId) {
    const reply = await redis.run((client) => client.hget(keyOf(tenant, groupId), 'doc'));
    if (reply.kind === 'unavailable') return 'unavailable';
    if (reply.kind === 'refused' || reply.value === null) return 'missing';
    const document = parse(reply.value);
    if (document?.tenant === tenant && document.status.id === groupId) return document;
    // Garbage could keep what is right from being shown: away with it.
    await redis.run((client) => client.del(keyOf(tenant, groupId)));
    return 'missing';
  },
});
