/** Which addresses the public internet has, and which are of our own network, of this machine or of nobody. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** RFC 4291: what was ever given out of IPv6 to be reached from everywhere. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Undefined for a text that is no plain address; one with a zone is of a local link. */
const parse = (address: string) => (isIP(address) === 0 ? undefined : ipaddr.parse(address));

/**
 * May anybody on the internet be reached there? Not so for private, link-local, shared, loopback, multicast, reserved and
 * documentation addresses, nor for those of IPv6 that lead to an IPv4 address by another name (mapped, compatible, NAT64,
 * 6to4, Teredo), whichever that is.
 */
export const isPublicAddress = (address: string): boolean => {
  const parsed = parse(address);
  if (parsed === undefined || parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
};

/** This machine, said plainly: 127.0.0.0/8 or ::1. */
export const isLoopbackAddress = (address: string): boolean =>
  parse(address)?.range() === 'loopback';
