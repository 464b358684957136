import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { PRINCIPAL_NAME } from './principal.ts';
import { DEFAULT_SCOPES, SCOPES } from './scopes.ts';
import { clientOfTokenId, tokenIdFor } from './token-id.ts';
import {
  CLOCK_TOLERANCE_S,
  DEFAULT_AUDIENCE,
  DEFAULT_ISSUER,
  MAX_STAGES,
  type TokenPolicy,
  maxLifetimeS,
  principalOf,
} from './token.ts';

const NOW_S = 1_800_000_000;
const PRODUCTION: TokenPolicy = { environment: 'production' };
const STRICT: TokenPolicy = { environment: 'production', isJwtStrict: true };
const FULL = {
  iss: DEFAULT_ISSUER,
  aud: DEFAULT_AUDIENCE,
  jti: 'j-1',
  iat: NOW_S,
  exp: NOW_S + 3_600,
  sub: 'user-123',
};

const judge = (claims: object, policy = PRODUCTION, nowS = NOW_S) =>
  principalOf({ sub: 'user-123', exp: NOW_S + 600, ...claims }, policy, nowS * 1_000);

const principal = (claims: object, policy = PRODUCTION) => {
  const judged = judge(claims, policy);
  return judged.ok ? judged.value : undefined;
};

const failure = (claims: object, policy = PRODUCTION, nowS = NOW_S) => {
  const judged = judge(claims, policy, nowS);
  return judged.ok ? undefined : judged.error;
};

describe('claims become a principal', () => {
  it('that reads and plans when no scope is named', () => {
    expect(principal({})).toStrictEqual({
      client: 'user-123',
      subject: 'user-123',
      scopes: DEFAULT_SCOPES,
      stages: ['*'],
      expiresAt: NOW_S + 600,
    });
  });

  it('that knows which token it came from, and when that was made', () => {
    expect(principal({ ...FULL, client_id: 'my-client' })).toMatchObject({
      client: 'my-client',
      tokenId: 'j-1',
      issuedAt: NOW_S,
      expiresAt: NOW_S + 3_600,
    });
  });

  it('that may do nothing when the scope is empty, or of words we do not know', () => {
    for (const scope of ['', 'admin * infra:* root', 'DB:QUERY', 'db:query,cache:read'])
      expect(principal({ scope })?.scopes).toEqual([]);
  });

  it('that gets past the dark launch only by the scope for it', () => {
    expect(DEFAULT_SCOPES).not.toContain('rollout:bypass');
    expect(principal({ scope: 'rollout:bypass' })?.scopes).toEqual(['rollout:bypass']);
  });

  it('with exactly the scopes named, once each and in our order, whatever stands between', () => {
    const words = fc.array(
      fc.oneof(
        fc.constantFrom(...SCOPES),
        fc.string().map((text) => text.replaceAll(' ', '_')),
      ),
    );
    fc.assert(
      fc.property(words, (named) => {
        const scopes = principal({ scope: named.join(' ') })?.scopes;
        expect(scopes).toEqual(SCOPES.filter((scope) => named.includes(scope)));
      }),
    );
  });

  it('with the stages named', () => {
    expect(principal({ stages: ['preview-*', 'staging'] })?.stages).toEqual([
      'preview-*',
      'staging',
    ]);
    expect(principal({ stages: [] })?.stages).toEqual([]);
    const stages = Array.from({ length: MAX_STAGES }, (_, n) => `preview-${n}`);
    expect(principal({ stages })?.stages).toEqual(stages);
    expect(failure({ stages: [...stages, 'one-more'] })).toBe('bad_claims');
  });

  it('or do not, and never throw, whatever they are', () => {
    const names = ['sub', 'client_id', 'scope', 'stages', 'iss', 'aud', 'jti', 'iat', 'exp', 'nbf'];
    const claims = fc.dictionary(fc.constantFrom(...names), fc.anything());
    fc.assert(
      fc.property(claims, fc.constantFrom(PRODUCTION, STRICT), (odd, policy) => {
        const judged = judge(odd, policy);
        if (!judged.ok) return;
        const { client, subject, scopes, stages, expiresAt } = judged.value;
        expect(`${client} ${subject}`).toMatch(/^[\x21-\x7e]{1,200} [\x21-\x7e]{1,200}$/);
        expect([client, subject]).not.toContain('shared-secret');
        for (const scope of scopes) expect(SCOPES).toContain(scope);
        for (const stage of stages) expect(stage).toBeString();
        expect(expiresAt).toBeGreaterThan(NOW_S - CLOCK_TOLERANCE_S);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the life of a token', () => {
  const environments = fc.constantFrom('production', 'staging', 'development');

  it('is an hour at most in production, a day elsewhere, and good until its end and 5 s', () => {
    const times = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(environments, times, times, (environment, begin, end) => {
        const cap = environment === 'production' ? 3_600 : 86_400;
        expect(maxLifetimeS(environment)).toBe(cap);
        const isGood = end > -5 && begin <= 5 && end - begin <= cap;
        const claims = { iat: NOW_S + begin, exp: NOW_S + end };
        expect(judge(claims, { environment }).ok).toBe(isGood);
      }),
      { numRuns: 2_000 },
    );
  });

  it('counts from now when the token does not say when it began', () => {
    fc.assert(
      fc.property(environments, fc.integer({ min: -10, max: 100_000 }), (environment, end) => {
        const isGood = end > -5 && end <= maxLifetimeS(environment) + 5;
        expect(judge({ exp: NOW_S + end }, { environment }).ok).toBe(isGood);
      }),
    );
  });

  it('is told in whole seconds, never shorter than it is', () => {
    expect(principal({ iat: NOW_S - 0.5, exp: NOW_S + 600.5 })).toMatchObject({
      issuedAt: NOW_S - 1,
      expiresAt: NOW_S + 601,
    });
  });

  it('ends once and for all', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(5_000), (a, b) => {
        const [sooner, later] = [Math.min(a, b), Math.max(a, b)];
        const isGoodAt = (second: number) => judge(FULL, PRODUCTION, NOW_S + second).ok;
        if (!isGoodAt(sooner)) expect(isGoodAt(later)).toBe(false);
      }),
    );
  });

  it.each([
    [{ exp: NOW_S - 6 }, 'expired'],
    [{ exp: Number.NEGATIVE_INFINITY }, 'expired'],
    [{ nbf: NOW_S + 60 }, 'not_yet_valid'],
    [{ iat: NOW_S + 60 }, 'not_yet_valid'],
    [{ exp: Number.POSITIVE_INFINITY }, 'lives_too_long'],
    [{ iat: Number.NEGATIVE_INFINITY }, 'lives_too_long'],
    [{ exp: Number.NaN }, 'bad_claims'],
    [{ iat: Number.NaN }, 'bad_claims'],
    [{ exp: `${NOW_S}` }, 'bad_claims'],
    [{ sub: 7 }, 'bad_claims'],
    [{ jti: '' }, 'bad_claims'],
    [{ iss: 7 }, 'bad_claims'],
    [{ aud: {} }, 'bad_claims'],
    [{ sub: 'shared-secret' }, 'reserved_name'],
    [{ client_id: 'shared-secret' }, 'reserved_name'],
  ])('%o is refused: %s', (claims, reason) => {
    expect<string | undefined>(failure(claims)).toBe(reason);
  });
});

describe('issuer and audience', () => {
  const ours: TokenPolicy = { ...PRODUCTION, jwtIssuer: 'https://id.example', jwtAudience: 'mcp' };

  it('must be ours where a token has them and the operator names them', () => {
    expect(failure({ iss: 'https://id.example', aud: ['other', 'mcp'] }, ours)).toBeUndefined();
    expect(failure({}, ours)).toBeUndefined();
    expect(failure({ iss: 'https://evil.example' }, ours)).toBe('wrong_issuer');
    expect(failure({ aud: 'other' }, ours)).toBe('wrong_audience');
    expect(failure({ aud: [] }, ours)).toBe('wrong_audience');
    expect(failure({ iss: 'https://anyone.example', aud: 'anything' })).toBeUndefined();
  });

  it('are required by strict mode, with jti and iat, and have names without a setting', () => {
    expect([DEFAULT_ISSUER, DEFAULT_AUDIENCE]).toEqual([
      'alchemy-mcp-worker',
      'alchemy-mcp-worker',
    ]);
    expect(failure(FULL, STRICT)).toBeUndefined();
    for (const name of ['iss', 'aud', 'jti', 'iat'])
      expect(failure({ ...FULL, [name]: undefined }, STRICT)).toBe('missing_claim');
    expect(failure({ ...FULL, iss: 'https://id.example' }, STRICT)).toBe('wrong_issuer');
    expect(failure({ ...FULL, aud: 'other' }, STRICT)).toBe('wrong_audience');
    expect(failure(FULL, { ...STRICT, ...ours, isJwtStrict: true })).toBe('wrong_issuer');
  });

  it('let strict mode accept nothing that is refused without it', () => {
    const claim = fc.constantFrom(undefined, DEFAULT_ISSUER, 'other', 7);
    fc.assert(
      fc.property(claim, claim, claim, (iss, aud, jti) => {
        const claims = { ...FULL, iss, aud, jti };
        if (judge(claims, STRICT).ok) expect(judge(claims, PRODUCTION).ok).toBe(true);
      }),
    );
  });
});

describe('the id of a token', () => {
  it('tells its client, whatever it is called', () => {
    const client = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(client, fc.uuid(), (name, uuid) => {
        fc.pre(PRINCIPAL_NAME.test(name));
        const id = tokenIdFor(name, uuid);
        expect(clientOfTokenId(id)).toBe(name);
        expect(principal({ jti: id })?.tokenId).toBe(id);
      }),
    );
  });

  it('tells nothing when somebody else made it', () => {
    const uuid = crypto.randomUUID();
    for (const id of [
      '',
      '.',
      uuid,
      `my-client.${uuid}`,
      `bXktY2xpZW50.${uuid}x`,
      'a.b',
      `=.${uuid}`,
    ])
      expect(clientOfTokenId(id)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (id) => expect(clientOfTokenId(id)).toBeUndefined()));
  });
});
