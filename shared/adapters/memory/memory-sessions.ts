/** Sessions, their short-lived copies and API keys in memory, with the same answers as DynamoDB and Redis. */
import type { ApiKey, ApiKeyStore } from '../../ports/api-key-store.ts';
import type {
  SeenSession,
  Session,
  SessionCache,
  SessionHolder,
  SessionRef,
  SessionStore,
} from '../../ports/session-store.ts';
import { frozenCopy } from './frozen-copy.ts';

const keyOf = ({ issuer, id }: SessionRef): string => JSON.stringify([issuer, id]);

export const createMemorySessionStore = (): SessionStore => {
  const sessions = new Map<string, Session>();
  return {
    async create(session) {
      if (sessions.has(keyOf(session))) throw new Error('A session of that id is there.');
      sessions.set(keyOf(session), frozenCopy(session));
    },
    find: async (ref) => sessions.get(keyOf(ref)),
    async deny(session, at) {
      const revokedAt = sessions.get(keyOf(session))?.revokedAt ?? at;
      sessions.set(keyOf(session), frozenCopy({ ...session, revokedAt }));
    },
    async revoke(ref, at) {
      const session = sessions.get(keyOf(ref));
      if (session === undefined || session.revokedAt !== undefined) return;
      sessions.set(keyOf(ref), frozenCopy({ ...session, revokedAt: at }));
    },
  };
};

export const createMemorySessionCache = (): SessionCache => {
  const copies = new Map<string, SeenSession>();
  const nameOf = ({ tenant, owner, session }: SessionHolder): string =>
    JSON.stringify([tenant, owner, session.issuer, session.id]);
  return {
    find: async (holder) => copies.get(nameOf(holder)) ?? 'missing',
    async fill(holder, expiresAt) {
      if (!copies.has(nameOf(holder))) copies.set(nameOf(holder), { expiresAt });
    },
    async revoke(holder) {
      copies.set(nameOf(holder), 'revoked');
      return 'kept';
    },
  };
};

export const createMemoryApiKeyStore = (): ApiKeyStore => {
  const keys = new Map<string, ApiKey>();
  const nameOf = (tenant: string, keyId: string): string => `${tenant}/${keyId}`;
  return {
    find: async (tenant, keyId) => keys.get(nameOf(tenant, keyId)),
    async keep(key) {
      keys.set(nameOf(key.tenant, key.keyId), frozenCopy(key));
    },
    list: async (tenant) =>
      [...keys.values()]
        .filter((key) => key.tenant === tenant)
        .sort((left, right) => (left.keyId < right.keyId ? -1 : 1)),
    async forget(tenant, keyId) {
      keys.delete(nameOf(tenant, keyId));
    },
  };
};
