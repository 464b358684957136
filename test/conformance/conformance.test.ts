// The official conformance suite against the Worker in workerd, credentials and limits on: once with the fixtures that its
// scenarios call, once as it is deployed. docs/conformance.md has the figures, which are compared too.
import { afterAll, beforeAll, describe, expect, it } from 'bun:test';

import { SCOPES } from '../../src/contract/scopes.ts';
import { type Cloud, type CloudOptions, startCloud } from '../kit/cloud.ts';
import { keeps } from '../kit/keeps.ts';
import { bearer } from '../kit/tokens.ts';
import { type AuthProxy, startAuthProxy } from './auth-proxy.ts';
import { differences } from './compare.ts';
import {
  EXPECTATIONS,
  EXTENSIONS,
  type Revision,
  REVISIONS,
  type Target,
  TARGETS,
} from './expectations.ts';
import { type Results, runSuite, scenariosOf, suiteVersion } from './suite.ts';

const CLIENT = 'conformance';

const OPTIONS: CloudOptions = {
  // As `bun start` sets them: the suite also forges the names by which a laptop's server is called.
  settings: { ENVIRONMENT: 'development', MCP_LOCAL: '1' },
  flags: { [`limit:${CLIENT}`]: '10000' },
};

const SERVERS: Record<Target, CloudOptions> = {
  fixture: { ...OPTIONS, server: `${import.meta.dir}/fixture-server.fixture.ts` },
  product: OPTIONS,
};

const TOKEN = { client_id: CLIENT, scope: SCOPES.join(' ') };

const clouds: Cloud[] = [];
const proxies: AuthProxy[] = [];
const results = new Map<string, Results>();
/** The suite waits a second for a stream, which a busy machine can miss: what is not as expected is asked again, alone. */
const runWell = async (url: string, target: Target, revision: Revision): Promise<Results> => {
  const first = await runSuite(url, revision);
  const odd = differences(first, EXPECTATIONS[target][revision]).map(({ scenario }) => scenario);
  const merged = new Map(first);
  for (const scenario of new Set(odd))
    for (const [name, checks] of await runSuite(url, revision, scenario)) merged.set(name, checks);
  return merged;
};

const key = (target: Target, revision: Revision) => `${target} ${revision}`;

beforeAll(async () => {
  await Promise.all(
    TARGETS.map(async (target) => {
      const cloud = await startCloud(SERVERS[target]);
      clouds.push(cloud);
      const address = { 'CF-Connecting-IP': '203.0.113.26' };
      const proxy = await startAuthProxy(cloud.url, { ...bearer(TOKEN), ...address });
      proxies.push(proxy);
      await Promise.all(
        REVISIONS.map(async (revision) =>
          results.set(key(target, revision), await runWell(proxy.url, target, revision)),
        ),
      );
    }),
  );
}, 120_000);

afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  await Promise.all(clouds.map((cloud) => cloud[Symbol.asyncDispose]()));
});

const found = (target: Target, revision: Revision): Results => {
  const run = results.get(key(target, revision));
  if (run === undefined) throw new Error('The suite has not run.');
  return run;
};

describe('the official conformance suite', () => {
  keeps('testing.protocol', 'finds the endpoint to be as revision 2026-07-28 demands', () => {
    expect(differences(found('fixture', '2026-07-28'), EXPECTATIONS.fixture['2026-07-28'])).toEqual(
      [],
    );
  });

  it('finds it to be as 2025-11-25 demands, but for what needs a session', () => {
    expect(differences(found('fixture', '2025-11-25'), EXPECTATIONS.fixture['2025-11-25'])).toEqual(
      [],
    );
  });

  it.each(REVISIONS)(
    'finds the product itself so wherever no fixture is needed: %s',
    (revision) => {
      expect(differences(found('product', revision), EXPECTATIONS.product[revision])).toEqual([]);
    },
  );

  it.each(REVISIONS)('has run every scenario it has for a server of %s', async (revision) => {
    const scenarios = (await scenariosOf(revision)).toSorted();
    expect(scenarios.length).toBeGreaterThan(30);
    for (const target of TARGETS)
      expect([...found(target, revision).keys()].toSorted()).toEqual(scenarios);
  });

  it('has no scenario beside them that is not of an extension', async () => {
    const ours = new Set(REVISIONS.flatMap((revision) => [...found('fixture', revision).keys()]));
    const others = (await scenariosOf()).filter((name) => !ours.has(name));
    expect(others.toSorted()).toEqual(EXTENSIONS.toSorted());
  });

  it('found what docs/conformance.md says', async () => {
    const doc = await Bun.file(`${import.meta.dir}/../../docs/conformance.md`).text();
    const told = doc.replaceAll(/ +/g, ' ');
    expect(told).toContain(`@modelcontextprotocol/conformance ${await suiteVersion()}`);
    for (const target of TARGETS)
      for (const revision of REVISIONS) expect(told).toContain(row(target, revision));
  });
});

/** What succeeds in a scenario that has nothing to call proves nothing, and is not counted. */
const row = (target: Target, revision: Revision): string => {
  const run = [...found(target, revision)];
  const { clean, needFixture } = EXPECTATIONS[target][revision];
  const checks = run.flatMap(([name, of]) => (needFixture.includes(name) ? [] : of));
  const figures = [
    run.length,
    clean.length,
    run.length - clean.length - needFixture.length,
    needFixture.length,
    checks.filter(({ status }) => status === 'SUCCESS').length,
  ];
  return `| ${target} | ${revision} | ${figures.join(' | ')} |`;
};
