import { describe, expect, it } from 'bun:test';

import type { Flags } from './flags.ts';
import { createRollout, type RolloutPrincipal } from './rollout.ts';

const TOOLS = ['query_database', 'deploy_infrastructure', 'constructor'];
const client = (name: string, ...scopes: string[]): RolloutPrincipal => ({ client: name, scopes });

const flags = (percentage: number, more: Partial<Flags> = {}): Flags => ({
  setting: { percentage, source: 'admin', etag: '"1"', updatedBy: 'admin:ana' },
  testers: [],
  tools: new Map(),
  problems: [],
  ...more,
});

type Answer = Flags | 'failing' | 'hanging';

/** An edge with a clock of its own and a registry that says what it is told to. */
const edge = (first: Answer) => {
  let [answer, time, reads] = [first, 1_000_000, 0];
  const background: Promise<unknown>[] = [];
  const rollout = createRollout({
    registry: {
      read: async () => {
        reads += 1;
        if (answer === 'failing') throw new Error('The registry is gone.');
        return answer === 'hanging' ? new Promise(() => {}) : answer;
      },
    },
    tools: TOOLS,
    now: () => time,
    waitUntil: (work) => background.push(work),
    patienceMs: 20,
  });
  return {
    rollout,
    reads: () => reads,
    says: (next: Answer) => void (answer = next),
    pass: (ms: number) => void (time += ms),
    settle: () => Promise.all(background),
    isIn: async (principal = client('a')) => (await rollout.decide(principal)).isIn,
  };
};

describe('the status', () => {
  it('says when the percentage was set, where that is known', async () => {
    const known = flags(25);
    expect(await edge(known).rollout.status()).toStrictEqual({ percentage: 25, source: 'admin' });
    const dated = flags(25, {
      setting: { ...known.setting, updatedAt: '2026-11-22T10:00:00.000Z' },
    });
    expect(await edge(dated).rollout.status()).toEqual({
      percentage: 25,
      source: 'admin',
      updatedAt: '2026-11-22T10:00:00.000Z',
    });
  });
});

describe('a decision', () => {
  it('lets in everybody at 100 and nobody at 0, and says when to ask again', async () => {
    expect(await edge(flags(100)).rollout.decide(client('a'))).toEqual({ isIn: true });
    expect(await edge(flags(0)).rollout.decide(client('a'))).toEqual({
      isIn: false,
      reason: 'outside',
      retryAfterS: 300,
    });
  });

  it('lets in as many as the percentage says', async () => {
    const at = edge(flags(25));
    let inside = 0;
    for (let n = 0; n < 2_000; n++) if (await at.isIn(client(`client-${n}`))) inside += 1;
    expect(Math.abs(inside / 2_000 - 0.25)).toBeLessThan(0.04);
  });

  it('is the same for a thousand requests of a client, and in every isolate', async () => {
    const [one, other] = [edge(flags(50)), edge(flags(50))];
    for (const name of ['a', 'b', 'c', 'd', 'shared-secret']) {
      const expected = await one.isIn(client(name));
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, async (_, n) => {
          other.pass(n % 7);
          return other.isIn(client(name));
        }),
      );
      expect(new Set(answers)).toEqual(new Set([expected]));
    }
  });

  it('never takes a client out as the percentage rises', async () => {
    const at = edge(flags(0));
    const inside = new Set<string>();
    for (const percentage of [1, 10, 25, 50, 90, 100]) {
      at.says(flags(percentage));
      at.pass(10_000);
      for (let n = 0; n < 300; n++) {
        const isIn = await at.isIn(client(`client-${n}`));
        if (inside.has(`client-${n}`)) expect(isIn).toBe(true);
        if (isIn) inside.add(`client-${n}`);
      }
    }
    expect(inside.size).toBe(300);
  });

  it('lets testers in at 0, by the scope and by the list', async () => {
    const at = edge(flags(0, { testers: ['ana', 'shared-secret'] }));
    expect(await at.isIn(client('ana'))).toBe(true);
    expect(await at.isIn(client('shared-secret'))).toBe(true);
    expect(await at.isIn(client('bob', 'rollout:bypass'))).toBe(true);
    expect(await at.isIn(client('bob', 'infra:read'))).toBe(false);
    expect(await at.isIn(client('an'))).toBe(false);
  });
});

describe('what an isolate remembers', () => {
  it('serves 3 seconds of requests with one read', async () => {
    const at = edge(flags(100));
    for (let n = 0; n < 30; n++) {
      await at.isIn();
      at.pass(99);
    }
    expect(at.reads()).toBe(1);
  });

  it('is read once for the requests that come at once', async () => {
    const at = edge(flags(100));
    await Promise.all(Array.from({ length: 200 }, () => at.isIn()));
    expect(at.reads()).toBe(1);
  });

  it('is served while it is read again, and never after more than 4 seconds', async () => {
    const at = edge(flags(100));
    expect(await at.isIn()).toBe(true);
    at.says(flags(0));
    at.pass(3_500);
    expect(await at.isIn()).toBe(true);
    await at.settle();
    expect(await at.isIn()).toBe(false);

    at.says(flags(100));
    at.pass(4_000);
    expect(await at.isIn()).toBe(true);
  });

  it.each([100, 900, 2_999, 3_700, 4_000, 60_000])(
    'follows a change within 5 seconds, asked every %i ms',
    async (everyMs) => {
      const at = edge(flags(100));
      await at.isIn();
      at.pass(everyMs);
      at.says(flags(0));
      for (let sinceMs = 0; sinceMs <= 60_000; sinceMs += everyMs) {
        const isIn = await at.isIn();
        await at.settle();
        if (sinceMs >= 5_000) expect(isIn).toBe(false);
        at.pass(everyMs);
      }
      expect(await at.isIn()).toBe(false);
    },
  );

  it('is forgotten on request', async () => {
    const at = edge(flags(100));
    await at.isIn();
    at.says(flags(0));
    at.rollout.forget();
    expect(await at.isIn()).toBe(false);
  });

  it('is read again when the clock has been set back', async () => {
    const at = edge(flags(100));
    await at.isIn();
    at.says(flags(0));
    at.pass(-3_600_000);
    await at.isIn();
    await at.settle();
    expect(await at.isIn()).toBe(false);
    at.pass(10_000);
    at.says(flags(100));
    expect(await at.isIn()).toBe(true);
  });
});

describe.each(['failing', 'hanging'] as const)('with a registry that is %s', (broken) => {
  it('an isolate that knows nothing lets in nobody but who needs no flag', async () => {
    const at = edge(broken);
    expect(await at.rollout.decide(client('a'))).toEqual({
      isIn: false,
      reason: 'unavailable',
      retryAfterS: 5,
    });
    expect(await at.isIn(client('a', 'rollout:bypass'))).toBe(true);
    for (let n = 0; n < 1_000; n++)
      expect([...at.rollout.toolsOut(client(`client-${n}`))]).toEqual(TOOLS);
    expect(await at.rollout.status()).toEqual({
      percentage: 0,
      source: 'unknown',
      problem: 'The rollout registry cannot be reached; nobody is let in.',
    });
  });

  it('an isolate goes on with what it knows, says so, and recovers within 5 seconds', async () => {
    const at = edge(flags(100));
    await at.isIn();
    at.says(broken);
    at.pass(60_000);
    expect(await at.isIn()).toBe(true);
    await Bun.sleep(30);
    expect(await at.rollout.status()).toMatchObject({
      percentage: 100,
      problem: 'The rollout registry cannot be reached; what was last known counts.',
    });
    at.says(flags(0));
    at.pass(4_000);
    expect(await at.isIn()).toBe(false);
    expect(await at.rollout.status()).toEqual({ percentage: 0, source: 'admin' });
  });

  it('asks it at most once a second', async () => {
    const at = edge(broken);
    for (let n = 0; n < 100; n++) {
      await at.isIn();
      at.pass(10);
    }
    expect(at.reads()).toBeLessThanOrEqual(2);
  });
});

describe('the tools of a client', () => {
  it('are all, where no flag says otherwise', async () => {
    const at = edge(flags(100));
    await at.isIn();
    expect([...at.rollout.toolsOut(client('a'))]).toEqual([]);
  });

  it('are rolled out each on its own, by the same rule', async () => {
    const at = edge(flags(100, { tools: new Map([['deploy_infrastructure', 50]]) }));
    let [out, others] = [0, 0];
    for (let n = 0; n < 2_000; n++) {
      const principal = client(`client-${n}`);
      await at.rollout.decide(principal);
      const toolsOut = at.rollout.toolsOut(principal);
      if (toolsOut.has('deploy_infrastructure')) out += 1;
      others += toolsOut.size - Number(toolsOut.has('deploy_infrastructure'));
    }
    expect(Math.abs(out / 2_000 - 0.5)).toBeLessThan(0.05);
    expect(others).toBe(0);
  });

  it('come in the order of the tools, so that equal sets are equal texts', async () => {
    const tools = new Map([
      ['constructor', 0],
      ['query_database', 0],
    ]);
    const at = edge(flags(100, { tools }));
    await at.isIn();
    expect([...at.rollout.toolsOut(client('a'))]).toEqual(['query_database', 'constructor']);
  });

  it('are all a tester’s', async () => {
    const tools = new Map([['query_database', 0]]);
    const at = edge(flags(100, { tools, testers: ['ana'] }));
    await at.isIn();
    expect(at.rollout.toolsOut(client('ana')).size).toBe(0);
    expect(at.rollout.toolsOut(client('bob', 'rollout:bypass')).size).toBe(0);
    expect(at.rollout.toolsOut(client('bob')).size).toBe(1);
  });
});

describe('the status', () => {
  it('tells what /health may tell: no client, no admin', async () => {
    const at = edge(flags(25, { testers: ['ana'], problems: ['One.', 'Two.'] }));
    expect(await at.rollout.status()).toEqual({
      percentage: 25,
      source: 'admin',
      problem: 'One. Two.',
    });
  });
});
