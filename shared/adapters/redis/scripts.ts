/** The few things that must happen in Redis at once, each one script in one slot. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { LONGEST_LEASE_MS } from '../board-terms.ts';
import { VERSION } from './ready-text.ts';

interface Script {
  readonly lua: string;
  readonly sha: string;
}

const script = (lua: string): Script => ({
  lua,
  sha: createHash('sha1').update(lua).digest('hex'),
});

/**
 * Shows a status (rev, generation, milliseconds to live, head, rest, whose lease is given back, then the steps that are
 * open) unless a newer one is shown, and rings when it is a new one. The lease, where there is one, is the second key. Marks
 * of other steps and of other generations go, and so does what is not ours.
 */
export const SHOW = script(`
if KEYS[2] and redis.pcall('GET', KEYS[2]) == ARGV[6] then redis.call('DEL', KEYS[2]) end
local shown = redis.pcall('GET', KEYS[1])
if type(shown) ~= 'string' then shown = '' end
local rev, marks = string.match(shown, '^${VERSION} (%d+) [^\\n]*\\n([^\\n]*)\\n')
rev = tonumber(rev or '')
if rev and rev > tonumber(ARGV[1]) then return 0 end
local kept = {}
if marks and marks ~= '' then
  local open = {}
  for i = 7, #ARGV do open[ARGV[i]] = true end
  for step, mark in string.gmatch(marks, '([^=;]+)=([^=;]+)') do
    if open[step] and string.match(mark, '^(%d+):') == ARGV[2] then
      kept[#kept + 1] = step .. '=' .. mark
    end
  end
end
local text = ARGV[4] .. '\\n' .. table.concat(kept, ';') .. '\\n' .. ARGV[5]
redis.call('SET', KEYS[1], text, 'PX', ARGV[3])
if rev ~= tonumber(ARGV[1]) then redis.call('PUBLISH', KEYS[1], ARGV[1]) end
return 1
`);

/** Marks steps (generation, the mark, then the steps, from argument `at` on) of a generation that is shown, and rings. */
const MARKING = `
local function mark(key, at)
  local shown = redis.pcall('GET', key)
  if type(shown) ~= 'string' then return 0 end
  local head, generation, marks, rest =
    string.match(shown, '^(${VERSION} %d+ (%d+) [^\\n]*)\\n([^\\n]*)\\n(.*)$')
  if generation ~= ARGV[at] then return 0 end
  local marked, kept = {}, {}
  for i = at + 2, #ARGV do marked[ARGV[i]] = true end
  for step, other in string.gmatch(marks, '([^=;]+)=([^=;]+)') do
    if not marked[step] then kept[#kept + 1] = step .. '=' .. other end
  end
  for i = at + 2, #ARGV do kept[#kept + 1] = ARGV[i] .. '=' .. ARGV[at + 1] end
  redis.call('SET', key, head .. '\\n' .. table.concat(kept, ';') .. '\\n' .. rest, 'KEEPTTL')
  redis.call('PUBLISH', key, 'mark')
  return 1
end
`;

/** Marks steps of an upload that is shown; a mark alone would stay for ever. */
export const MARK = script(`${MARKING}return mark(KEYS[1], 1)`);

/** Shows the document of a group (rev, document, milliseconds to live) unless a newer one is shown. */
export const SHOW_GROUP = script(`
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
local shown = tonumber(redis.call('HGET', KEYS[1], 'rev') or '')
if shown and shown > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'rev', ARGV[1], 'doc', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`);

/**
 * Takes a lease (token, milliseconds); its holder may take it again, so that a repeated call is harmless. What has no end, or
 * a later one than a lease can have, was not ours: it makes room. With an upload as the second key, what follows are the marks
 * of the steps that its holder begins.
 */
export const CLAIM = script(`${MARKING}
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local left = redis.call('PTTL', KEYS[1])
  local isLease = left >= 0 and left <= ${LONGEST_LEASE_MS}
  if isLease and redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
if KEYS[2] then mark(KEYS[2], 3) end
return 1
`);

/** Gives a lease back (token), but only one's own. */
export const RELEASE = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`);

/**
 * Takes a token out of a bucket (tokens a second, brim), by the clock of the server, so that all who ask agree. What is not
 * a bucket was not ours: it goes. A bucket that is full again is as good as none, and goes by itself.
 */
export const TAKE = script(`
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
local rate, brim = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local found = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(found[1] or ''), tonumber(found[2] or '')
if not tokens or not at then tokens, at = brim, now end
tokens = math.min(brim, tokens + math.max(0, now - at) / 1000 * rate)
local allowed = 0
if tokens >= 1 then
  allowed = 1
  tokens = tokens - 1
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(math.max(now, at)))
redis.call('PEXPIRE', KEYS[1], math.ceil(brim / rate * 1000) + 1000)
local wait = 0
if tokens < 1 then wait = math.ceil((1 - tokens) / rate * 1000) end
return { allowed, math.floor(tokens), wait }
`);

const isUnknownScript = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('NOSCRIPT');

/** Runs a script by its digest; a server that does not have it yet, or lost it, gets the text. */
export const runScript = async (
  client: Redis,
  { lua, sha }: Script,
  keys: readonly string[],
  ...values: readonly (string | number)[]
): Promise<unknown> => {
  try {
    return await client.evalsha(sha, keys.length, ...keys, ...values);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return client.eval(lua, keys.length, ...keys, ...values);
  }
};
