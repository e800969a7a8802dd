/** Addresses of a host, asked of the name server itself: no hosts file, no search domains, no cache. */
import { Resolver } from 'node:dns/promises';

/** Every address of a name, in both families; none when it has none or nobody says so in time. Never throws. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

/** One lost packet is survived, and two attempts are over before a request to a webhook would be. */
const ATTEMPT_MS = 1_500;
const ATTEMPTS = 2;

/** @param servers the machine's own when there are none. */
export const createResolver = (servers: readonly string[] = []): ResolveHost => {
  const resolver = new Resolver({ timeout: ATTEMPT_MS, tries: ATTEMPTS });
  if (servers.length > 0) resolver.setServers([...servers]);
  return async (host) => {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  };
};
