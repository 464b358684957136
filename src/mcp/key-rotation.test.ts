// The drill: a fleet of servers is given a new key, then made to sign with it, then relieved of the old one, under load.
import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../test/kit/cloud.ts';
import { keeps } from '../../test/kit/keeps.ts';
import { laxities } from '../../test/kit/laxities.ts';
import { post } from '../../test/kit/mcp-calls.ts';
import { JWT_SECRET, KEYS, SHARED_SECRET, token } from '../../test/kit/tokens.ts';
import { type TokenKey, signingKey } from '../contract/key-ring.ts';
import { maxLifetimeS } from '../contract/token.ts';
import { createAuthenticate } from './auth.ts';
import type { Settings } from './settings.ts';

const [NEW, OLD] = KEYS;
const SERVERS = 4;
const CALLS_PER_STEP = 250;

const settingsWith = (jwtSecrets: readonly TokenKey[]): Settings => ({
  environment: 'production',
  allowedOrigins: [],
  sharedSecret: SHARED_SECRET,
  jwtSecret: JWT_SECRET,
  jwtSecrets,
  catalog: { stack: 'demo', stage: 'prod', hub: 'prod', self: 'mcp-server', entries: [] },
});

/** Servers that are replaced one after another while they serve; tokens are made by what is deployed everywhere. */
const createFleet = (keys: readonly TokenKey[]) => {
  let nowS = 1_800_000_000;
  let deployed = settingsWith(keys);
  let tokens: string[] = [];
  const servers = Array.from({ length: SERVERS }, () => createAuthenticate(deployed));
  const answer = async (call: number, text: string) => {
    const headers = new Headers({ Authorization: `Bearer ${text}` });
    return servers[call % SERVERS]?.(headers, nowS * 1_000);
  };
  const mint = (count: number) => {
    const { kid, secret } = signingKey(deployed);
    const claims = { iat: nowS, exp: nowS + maxLifetimeS('production') };
    tokens.push(
      ...Array.from({ length: count }, (_, n) =>
        token({ ...claims, sub: `user-${n}` }, secret, kid),
      ),
    );
  };
  const load = () =>
    Array.from({ length: CALLS_PER_STEP }, (_, call) =>
      answer(call, tokens[call % tokens.length] ?? ''),
    );
  return {
    answer,
    mint,
    /** Every answer given while the new settings go from server to server. */
    deploy: async (next: readonly TokenKey[]) => {
      const answers = [];
      for (let server = 0; server < SERVERS; server++) {
        const before = load();
        servers[server] = createAuthenticate(settingsWith(next));
        answers.push(...before, ...load());
      }
      deployed = settingsWith(next);
      return Promise.all(answers);
    },
    /** Old tokens end, and their clients have new ones. */
    passLifetime: () => {
      nowS += maxLifetimeS('production') + 10;
      tokens = [];
      mint(20);
    },
  };
};

describe('the rotation of a key', () => {
  keeps(
    'security.rotation',
    'refuses nobody, and afterwards the old key is good for nothing',
    async () => {
      const fleet = createFleet([OLD]);
      fleet.mint(20);
      const answers = [...(await fleet.deploy([OLD, NEW]))];
      fleet.mint(20);
      answers.push(...(await fleet.deploy([NEW, OLD])));
      fleet.mint(20);
      answers.push(...(await fleet.deploy([NEW, OLD])));
      fleet.passLifetime();
      answers.push(...(await fleet.deploy([NEW])));
      expect(answers.length).toBeGreaterThan(5_000);
      expect(answers.filter((it) => it?.ok !== true)).toEqual([]);
      const late = { iat: 1_800_003_610, exp: 1_800_003_670 };
      for (let server = 0; server < SERVERS; server++) {
        const refused = await fleet.answer(server, token(late, OLD.secret, OLD.kid));
        expect(refused).toEqual({ ok: false, error: 'unknown_kid' });
        const respelt = await fleet.answer(server, token(late, OLD.secret, NEW.kid));
        expect(respelt).toEqual({ ok: false, error: 'bad_signature' });
      }
    },
  );

  it('done hastily, without letting the servers know first, would refuse some', async () => {
    const fleet = createFleet([OLD]);
    fleet.mint(20);
    const answers = await fleet.deploy([NEW]);
    expect(answers.some((it) => it?.ok !== true)).toBe(true);
  });
});

describe('a server in strict mode with two keys', () => {
  const cloud = useCloud({
    bare: true,
    settings: { MCP_JWT_STRICT: '1', MCP_JWT_SECRETS: JSON.stringify(KEYS) },
  });
  const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
  const full = { iss: 'alchemy-mcp-worker', aud: 'alchemy-mcp-worker', jti: 'j-1' };

  it('takes tokens of either, and of MCP_JWT_SECRET by its name', async () => {
    for (const { kid, secret } of [...KEYS, { kid: 'default', secret: JWT_SECRET }]) {
      const headers = { Authorization: `Bearer ${token(full, secret, kid)}` };
      expect((await post(cloud(), LIST, headers)).status).toBe(200);
    }
  });

  it.each(laxities())('refuses what is good elsewhere: %s', async (_, credentials) => {
    expect((await post(cloud(), LIST, Object.fromEntries(credentials))).status).toBe(401);
  });
});
