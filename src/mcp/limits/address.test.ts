import { describe, expect, it } from 'bun:test';

import { addressOf } from './address.ts';

const from = (ip: string, others: Record<string, string> = {}): string =>
  addressOf(new Headers({ 'CF-Connecting-IP': ip, ...others }));

describe('the address a request is counted under', () => {
  it('is what the edge says, and nothing the caller says', () => {
    const lies = { 'X-Forwarded-For': '1.1.1.1', 'X-Real-IP': '2.2.2.2', Forwarded: 'for=3.3.3.3' };
    expect(from('203.0.113.7', lies)).toBe('203.0.113.7');
    expect(addressOf(new Headers(lies))).toBe('local');
  });

  it('is without the blank space that may stand around it', () => {
    const spaced = { get: () => ' 203.0.113.7 ' } as unknown as Headers;
    expect(addressOf(spaced)).toBe('203.0.113.7');
  });

  it('of IPv6 is the /64, however the address is written', () => {
    for (const same of [
      '2001:db8:0:1::1',
      '2001:0DB8:0000:0001:0:0:0:ffff',
      '2001:db8:0:1:aaaa:bbbb:cccc:dddd',
      '2001:db8::1:0:0:192.0.2.1',
    ])
      expect(from(same)).toBe('2001:db8:0:1::/64');
    expect(from('2001:db8:0:2::1')).toBe('2001:db8:0:2::/64');
    expect(from('2001:db8:0:1:2:3:4::')).toBe('2001:db8:0:1::/64');
    expect(from('2001:0:0:4:5:6:7:8')).toBe('2001:0:0:4::/64');
    expect(from('::1')).toBe('0:0:0:0::/64');
    expect(from('fe80::')).toBe('fe80:0:0:0::/64');
  });

  it('of a mapped IPv4 address is the IPv4 address', () => {
    for (const same of ['::ffff:203.0.113.7', '::FFFF:cb00:7107', '0:0:0:0:0:ffff:cb00:7107'])
      expect(from(same)).toBe('203.0.113.7');
    expect(from('::fffe:203.0.113.7')).toBe('0:0:0:0::/64');
  });

  it('is one fixed name for whatever is no address', () => {
    for (const odd of [
      '',
      'unknown',
      '1.2.3',
      '1.2.3.4.',
      '1.2.3.4.5',
      '01.2.3.4',
      '256.1.1.1',
      '1.2.3.4, 5.6.7.8',
      '0x7f.1',
      '[::1]',
      ':::',
      '1::2::3',
      'fe80::1%eth0',
      '::1]/@evil',
      'evil]@[::1',
      'g::1',
      'x1::1',
      'abc',
      ':'.repeat(1_000),
    ])
      expect(from(odd)).toBe('local');
  });
});
