import { lookup as resolve } from 'node:dns';
import { request } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** The address leads to where no webhook may go. */
export class ForbiddenTargetError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'ForbiddenTargetError';
  }
}

/** What is not for the whole internet: RFC 6890 and its successors, the metadata services of clouds among them. */
const forbidden = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  forbidden.ipv4.addSubnet(net, prefix, 'ipv4');
}
// Of IPv6 only what is given out to the world (2000::/3), without tunnels and mappings that lead to any IPv4 address.
for (const [net, prefix] of [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  forbidden.ipv6.addSubnet(net, prefix, 'ipv6');
}

/** May a webhook go to this IP address? */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  return !forbidden[family].check(address, family);
}

/** The address of a webhook as a user may give it: https, no password, no port but 443, and no private IP address. */
export function parseTarget(text: string): URL {
  if (!URL.canParse(text)) throw new ForbiddenTargetError('The address of a webhook is not a URL.');
  const url = new URL(text);
  if (url.protocol !== 'https:') throw new ForbiddenTargetError('The address of a webhook begins with https.');
  if (url.username || url.password) throw new ForbiddenTargetError('The address of a webhook has no password.');
  if (url.port) throw new ForbiddenTargetError('The address of a webhook has no port.');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !isPublicAddress(host)) throw new ForbiddenTargetError('The address of a webhook is a private one.');
  return url;
}

/**
 * Resolves a name for a connection, and refuses it when any of its addresses is private. Checked here, and not before, the
 * address that is checked is the one that is connected to, whatever the name leads to a moment later.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const bad = addresses.find(({ address }) => !isPublicAddress(address));
    if (bad) return callback(new ForbiddenTargetError(`${hostname} leads to a private address.`), []);
    const [first] = addresses;
    if (options.all) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  });
};

/** Posts to an address a user gave; the status, without following redirects or reading the answer. */
export function postToTarget(target: string, headers: Record<string, string>, body: string, timeoutMs = 10_000): Promise<number> {
  return new Promise((done, fail) => {
    const call = request(
      parseTarget(target),
      // A connection of its own: one that the service has kept to a private address of that name is not looked up again.
      { method: 'POST', headers, agent: false, lookup: publicLookup, signal: AbortSignal.timeout(timeoutMs) },
      (response) => {
        done(response.statusCode ?? 0);
        response.destroy();
      },
    );
    call.on('error', fail);
    call.end(body);
  });
}
