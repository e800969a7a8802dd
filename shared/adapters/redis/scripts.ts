/** The few things that must happen in Redis at once, each one script on one key. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

interface Script {
  readonly lua: string;
  readonly sha: string;
}

const script = (lua: string): Script => ({
  lua,
  sha: createHash('sha1').update(lua).digest('hex'),
});

/**
 * Shows a document unless a newer one is shown: rev, generation, document, time to live, then the steps that
 * are still open. Marks of other steps and of other generations go. What is not a hash was not ours: it goes.
 */
export const SHOW = script(`
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
local shown = tonumber(redis.call('HGET', KEYS[1], 'rev') or '')
if shown and shown > tonumber(ARGV[1]) then return 0 end
local open = {}
for i = 5, #ARGV do open['m:' .. ARGV[i]] = true end
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local isMark = string.sub(fields[i], 1, 2) == 'm:'
  local generation = string.match(fields[i + 1], '^(%d+):')
  if isMark and not (open[fields[i]] and generation == ARGV[2]) then
    redis.call('HDEL', KEYS[1], fields[i])
  end
end
redis.call('HSET', KEYS[1], 'rev', ARGV[1], 'doc', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`);

/** Marks steps (the mark, then the steps) of an upload that is shown; a mark alone would stay for ever. */
export const MARK = script(`
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
for i = 2, #ARGV do redis.call('HSET', KEYS[1], 'm:' .. ARGV[i], ARGV[1]) end
return 1
`);

/** Takes a lease (token, milliseconds); its holder may take it again, so that a repeated call is harmless. */
export const CLAIM = script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

/** Gives a lease back (token), but only one's own. */
export const RELEASE = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`);

const isUnknownScript = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('NOSCRIPT');

/** Runs a script by its digest; a server that does not have it yet, or lost it, gets the text. */
export const runScript = async (
  client: Redis,
  { lua, sha }: Script,
  key: string,
  ...values: readonly (string | number)[]
): Promise<unknown> => {
  try {
    return await client.evalsha(sha, 1, key, ...values);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return client.eval(lua, 1, key, ...values);
  }
};
