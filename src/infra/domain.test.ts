import { describe, expect, it } from 'bun:test';

import { keeps } from '../../test/kit/keeps.ts';
import { type DomainProps, domainOf } from './domain.ts';

const HOST = 'mcp.example.com';
const place = (stage: string, setting?: string) => ({ stage, hub: 'prod', setting });

const at = (props: DomainProps, stage = 'prod', setting?: string) => {
  const domain = domainOf(props, place(stage, setting));
  return domain.ok ? domain.value : domain.error;
};

describe('the custom domain', () => {
  it('is what MCP_DOMAIN names', () => {
    expect(at({}, 'prod', HOST)).toEqual({ domain: { name: HOST }, routes: [] });
    expect(at({}, 'prod', ' MCP.Example.com ')).toMatchObject({ domain: { name: HOST } });
  });

  keeps('settings.domain', 'is what the guide’s route names', () => {
    const routes = [{ pattern: `${HOST}/*`, customDomain: true }];
    expect(at({ routes })).toEqual({ domain: { name: HOST }, routes: [] });
  });

  it('is what the stack says, before what the setting says', () => {
    expect(at({ domain: HOST }, 'prod', 'other.example.com')).toMatchObject({
      domain: { name: HOST },
    });
    expect(at({ domain: null }, 'prod', HOST)).toMatchObject({ domain: null });
  });

  it('has further routes’ hosts for aliases, in the zone they name', () => {
    const routes = ['a.example.com/*', 'b.example.com'].map((pattern) => ({
      pattern,
      customDomain: true,
      zoneName: 'example.com',
    }));
    expect(at({ routes })).toMatchObject({
      domain: { name: 'a.example.com', aliases: ['b.example.com'], zoneName: 'example.com' },
    });
  });

  it('is the hub’s alone, unless it names the stage', () => {
    expect(at({}, 'staging', HOST)).toEqual({ domain: null, routes: [] });
    expect(at({ domain: HOST }, 'staging')).toMatchObject({ domain: null });
    expect(at({}, 'staging', 'mcp-{stage}.example.com')).toMatchObject({
      domain: { name: 'mcp-staging.example.com' },
    });
    expect(at({}, 'prod', 'mcp-{stage}.example.com')).toMatchObject({
      domain: { name: 'mcp-prod.example.com' },
    });
  });

  it('is any stage’s in Alchemy’s own form', () => {
    const domain = { name: 'beta.example.com', redirects: ['old.example.com'] };
    expect(at({ domain }, 'staging')).toEqual({ domain, routes: [] });
  });

  it('is taken away where nothing names one', () => {
    expect(at({})).toEqual({ domain: null, routes: [] });
  });
});

describe('a route that is no custom domain', () => {
  const routes = [{ pattern: 'example.com/mcp/*', zoneName: 'example.com' }];

  it('stays a route, of the hub', () => {
    expect(at({ routes }, 'prod', HOST)).toEqual({ domain: { name: HOST }, routes });
    expect(at({ routes }, 'staging')).toEqual({ domain: null, routes: [] });
  });

  it('is another stage’s where it names it', () => {
    expect(at({ routes: [{ pattern: '{stage}.example.com/*' }] }, 'staging')).toMatchObject({
      routes: [{ pattern: 'staging.example.com/*' }],
    });
  });
});

describe('what is no host name', () => {
  const NONE = [
    'https://mcp.example.com',
    'mcp',
    'mcp.example.com/mcp',
    '*.example.com',
    '1.2.3.4',
  ];

  it.each(NONE)('is refused by name: %s', (text) => {
    expect(at({}, 'prod', text)).toContain('MCP_DOMAIN must be a host name');
    expect(at({ domain: text })).toContain('domain must be a host name');
    expect(at({ routes: [{ pattern: `${text}/x/*`, customDomain: true }] })).toContain(
      'routes must',
    );
  });
});
