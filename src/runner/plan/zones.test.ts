import { describe, expect, it } from 'bun:test';

import { hostsOf } from './zones.ts';

describe('hostsOf', () => {
  const CASES: [string, unknown, string[]][] = [
    ['a domain', { domain: 'api.example.com' }, ['api.example.com']],
    ['a domain with aliases', { domain: { name: 'a.io', aliases: ['b.io'] } }, ['a.io', 'b.io']],
    ['a domain whose zone is named', { domain: { name: 'a.io', zoneId: 'z' } }, []],
    ['routes', { routes: [{ pattern: '*.example.com/api/*' }] }, ['example.com']],
    ['a route whose zone is named', { routes: [{ pattern: 'a.io/*', zoneName: 'a.io' }] }, []],
    ['neither', { domain: null }, []],
    ['nonsense', { domain: 5, routes: 'x' }, []],
  ];
  it.each(CASES)('finds the hosts of %s', (_name, props, hosts) => {
    expect(hostsOf(props)).toEqual(hosts);
  });
});
