/**
 * Decides whether an address that a tenant chose may be called, and to which addresses of the network that leads. The
 * same for saving it and for every request to it: a name may lead somewhere else each time it is asked.
 */
import { isIP } from 'node:net';
import { isLoopbackAddress, isPublicAddress } from './address-class.ts';
import type { ResolveHost } from './resolver.ts';

export interface GuardTerms {
  readonly resolve: ResolveHost;
  /** On a laptop alone: this machine may be called too, at any port and without TLS. */
  readonly allowsLoopback: boolean;
  /** HTTPS and its usual second port, unless told otherwise. */
  readonly ports?: readonly number[];
}

export type Target =
  | {
      readonly kind: 'allowed';
      readonly url: URL;
      /** Without the brackets of IPv6 and without the dot of the root. */
      readonly host: string;
      /** All of them were looked at; connect to no other. */
      readonly addresses: readonly string[];
    }
  | { readonly kind: 'refused' | 'unresolved'; readonly reason: string };

export type AddressGuard = (address: string) => Promise<Target>;

const MAX_CHARACTERS = 2_048;
/** A name with more is no receiver of webhooks. */
const MAX_ADDRESSES = 32;
const HTTPS_PORT = 443;
const ALLOWED_PORTS: readonly number[] = [HTTPS_PORT, 8443];
/** Names that mean something else in each network (RFC 6761, 6762, 8375, and what ICANN keeps free for private use). */
const LOCAL_NAMES = /(^|\.)(localhost|local|internal|home\.arpa|lan|intranet|onion)$/;

const refused = (reason: string): Target => ({ kind: 'refused', reason });

const parse = (address: string): URL | undefined =>
  address.length <= MAX_CHARACTERS && URL.canParse(address) ? new URL(address) : undefined;

const hostOf = ({ hostname }: URL): string =>
  hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');

/** What the address says by itself. The parser has made plain IPv4 of every other spelling of it: decimal, octal, hex. */
const writtenRefusal = (
  { protocol, port }: URL,
  host: string,
  ports: readonly number[],
): string | undefined => {
  if (protocol !== 'https:') return 'It must begin with https://.';
  if (!ports.includes(port === '' ? HTTPS_PORT : Number(port))) {
    return `Its port must be ${ports.join(' or ')}.`;
  }
  if (isIP(host) !== 0) return undefined;
  if (!host.includes('.') || LOCAL_NAMES.test(host)) return 'Its host is no name of the internet.';
  return undefined;
};

export const createAddressGuard = ({
  resolve,
  allowsLoopback,
  ports = ALLOWED_PORTS,
}: GuardTerms): AddressGuard => {
  const addressesOf = async (host: string): Promise<readonly string[]> => {
    if (isIP(host) !== 0) return [host];
    // No name server answers for it as the machine does.
    if (allowsLoopback && host === 'localhost') return ['127.0.0.1'];
    return resolve(host);
  };

  return async (address) => {
    const url = parse(address);
    if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
      return refused('It is no address that begins with https://.');
    }
    if (url.username !== '' || url.password !== '') return refused('It names a user.');
    const host = hostOf(url);
    const written = writtenRefusal(url, host, ports);
    if (written !== undefined && !allowsLoopback) return refused(written);
    const addresses = await addressesOf(host);
    if (addresses.length === 0 || addresses.length > MAX_ADDRESSES) {
      return { kind: 'unresolved', reason: 'Its host has no address.' };
    }
    const allowed = { kind: 'allowed', url, host, addresses } as const;
    if (allowsLoopback && addresses.every(isLoopbackAddress)) return allowed;
    if (written !== undefined) return refused(written);
    return addresses.every(isPublicAddress)
      ? allowed
      : refused('Its host is not on the public internet.');
  };
};
