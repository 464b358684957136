// Where a request comes from, as a name to count under. Only CF-Connecting-IP is believed: Cloudflare's edge writes it
// over whatever the caller sent. X-Forwarded-For and its like are the caller's own words.

/** Everything without an address: on a laptop nothing stands in front of the Worker. */
const LOCAL = 'local';

/**
 * IPv4 as it is; IPv6 by its /64, which is what one subscriber is given: a single machine has 2^64 addresses to fail
 * from. The same address always gives the same text.
 */
export const addressOf = (headers: Headers): string => {
  const text = headers.get('cf-connecting-ip')?.trim() ?? '';
  if (isIpv4(text)) return text;
  const groups = ipv6Groups(text);
  if (groups === undefined) return LOCAL;
  return mappedIpv4(groups) ?? `${groups.slice(0, 4).join(':')}::/64`;
};

const isIpv4 = (text: string): boolean =>
  /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(text) && !/(?:^|\.)0\d/.test(text);

/** The eight groups without leading zeros, or undefined. The URL parser knows all the ways to write one. */
const ipv6Groups = (text: string): string[] | undefined => {
  if (!text.includes(':') || !/^[\da-f:.]{2,45}$/i.test(text)) return undefined;
  const url = URL.parse(`http://[${text}]/`);
  if (url === null) return undefined;
  const [left = '', right] = url.hostname.slice(1, -1).split('::');
  const before = left === '' ? [] : left.split(':');
  const after = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after];
};

/** ::ffff:a.b.c.d is the IPv4 address it carries. */
const mappedIpv4 = (groups: readonly string[]): string | undefined => {
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return undefined;
  return groups
    .slice(6)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((pair) => [pair >> 8, pair & 255])
    .join('.');
};
