// A runner and its hub: work is taken up, told and finished through every loss on the way, and nothing is changed that may not
// be. The hub is scripted, and so is what an operation does.
import { afterEach, beforeEach, describe, expect, it } from 'bun:test';

import type { Outcome } from '../contract/runner-protocol.ts';
import { sharedToken } from './credential.ts';
import type { Driver } from './driver.ts';
import type { LeaseTimes } from './lease.ts';
import { type Runner, runOnce, startRunner } from './runner.ts';
import { DONE, JOB, PLAN, Script, steady } from './scripted-driver.fixture.ts';
import { type ScriptedHub, startScriptedHub } from './scripted-hub.fixture.ts';

/** Of a hub that may be away for a while. */
const PATIENT: LeaseTimes = { heartbeatMs: 30, patienceMs: 20_000, drainMs: 10_000 };
const QUICK: LeaseTimes = { heartbeatMs: 30, patienceMs: 200, drainMs: 150 };

let hub: ScriptedHub;
let runner: Runner | undefined;

beforeEach(() => {
  hub = startScriptedHub();
});
afterEach(async () => {
  await runner?.stop(10);
  runner = undefined;
  await hub[Symbol.asyncDispose]();
});

const start = (
  driver: Driver,
  onEnd?: (outcome: Outcome | undefined) => void,
  times = PATIENT,
): void => {
  runner = startRunner({
    url: hub.url,
    credential: sharedToken(hub.token),
    driver,
    entrypoint: 'alchemy.run.ts',
    times,
    pollMs: 20,
    ...(onEnd && { onEnd: (_job, outcome) => onEnd(outcome) }),
  });
};

const until = async (isSo: () => boolean, what: string): Promise<void> => {
  for (let waitedMs = 0; waitedMs < 8_000; waitedMs += 5) {
    if (isSo()) return;
    await Bun.sleep(5);
  }
  throw new Error(`never came: ${what}`);
};

const isFinished = () => hub.finished.length > 0;

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('a runner', () => {
  it('leases what there is to do, tells each step in order, asks before the effect, and finishes', async () => {
    hub.job = JOB;
    const driver = new Script(steady(6));
    start(driver);
    await until(isFinished, 'the end');
    expect(driver.orders).toEqual([
      { kind: 'deploy', stage: 'prod', entrypoint: 'alchemy.run.ts', isHub: true },
    ]);
    expect(hub.kept.map(({ seq }) => seq)).toEqual(numbers(6));
    expect(hub.begun).toEqual([PLAN]);
    expect(hub.finished).toEqual([DONE]);
  });

  it('takes up work the moment it is called, and when it comes back after being away', async () => {
    const driver = new Script(steady(1));
    start(driver);
    await until(() => hub.connections === 1, 'a connection');
    hub.drop();
    await until(() => hub.connections === 2, 'another connection');
    hub.job = JOB;
    hub.send({ type: 'work', stage: 'prod' });
    await until(isFinished, 'the end');
  });

  it('loses no step and repeats none through connections that drop at any moment', async () => {
    hub.job = JOB;
    start(new Script(steady(150)));
    const drops = setInterval(() => hub.drop(), 60);
    await until(isFinished, 'the end');
    clearInterval(drops);
    expect(hub.connections).toBeGreaterThan(2);
    expect(hub.kept.map(({ status }) => status)).toEqual(numbers(150).map((n) => `step ${n}`));
    expect(hub.finished).toEqual([DONE]);
  }, 20_000);

  const QUESTIONS = ['poll', 'lease', 'heartbeat', 'events', 'begin', 'finish'];
  it.each(QUESTIONS)(
    'asks again when the answer to "%s" is lost',
    async (question) => {
      hub.job = JOB;
      hub.loseAnswer.set(question, 2);
      const driver = new Script(steady(10));
      start(driver);
      await until(isFinished, 'the end');
      expect(driver.orders).toHaveLength(1);
      expect(hub.kept.map(({ seq }) => seq)).toEqual(numbers(10));
      expect(hub.finished).toEqual([DONE]);
    },
    10_000,
  );

  it('changes nothing when it may not begin: it knows why, and has nothing to add', async () => {
    hub.job = JOB;
    hub.mayBegin = false;
    let allowed: boolean | undefined;
    let ended: Outcome | undefined | 'not yet' = 'not yet';
    const driver = new Script(async (watcher) => {
      allowed = await watcher.mayBegin(PLAN);
      return { status: 'cancelled', message: 'not allowed' };
    });
    start(driver, (outcome) => (ended = outcome));
    await until(() => ended !== 'not yet', 'the end');
    expect(allowed).toBe(false);
    expect([ended]).toMatchObject([{ status: 'failed', message: 'PLAN_STALE: It has moved.' }]);
    expect(hub.finished).toEqual([]);
  });

  it.each(['heartbeat', 'events'])(
    'kills the operation at once when its fence is stale at "%s"',
    async (question) => {
      hub.job = JOB;
      let isEnded = false;
      const driver = new Script(async (watcher) => {
        await Bun.sleep(50);
        hub.stale.add(question);
        watcher.onStep({ type: 'note', status: 'too late' });
        return new Promise<Outcome>(() => {});
      });
      start(driver, () => (isEnded = true));
      await until(() => isEnded, 'the end');
      expect(driver.kills).toBeGreaterThan(0);
      expect(hub.finished).toEqual([]);
    },
  );

  it('does not begin under a stale fence', async () => {
    hub.job = JOB;
    hub.stale.add('begin');
    let allowed: boolean | undefined;
    const driver = new Script(async (watcher) => {
      allowed = await watcher.mayBegin(PLAN);
      return new Promise<Outcome>(() => {});
    });
    start(driver);
    await until(() => driver.kills > 0, 'the kill');
    expect(allowed).toBe(false);
  });

  it('stops the operation when it hears nothing for too long, then kills it', async () => {
    hub.job = JOB;
    const driver = new Script(async () => {
      hub.ignore.add('heartbeat');
      return new Promise<Outcome>(() => {});
    });
    const startedAt = performance.now();
    start(driver, undefined, QUICK);
    await until(() => driver.cancels > 0, 'the request to stop');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(QUICK.patienceMs);
    expect(driver.kills).toBe(0);
    await until(() => driver.kills > 0, 'the kill');
  });

  it('does not begin once it has heard nothing for too long', async () => {
    hub.job = JOB;
    let allowed: boolean | undefined;
    const driver = new Script(async (watcher) => {
      hub.ignore.add('heartbeat');
      await until(() => driver.cancels > 0, 'the request to stop');
      allowed = await watcher.mayBegin(PLAN);
      return { status: 'cancelled', message: 'stopped' };
    });
    start(driver, undefined, QUICK);
    await until(() => allowed !== undefined, 'the answer');
    expect(allowed).toBe(false);
    expect(hub.begun).toEqual([]);
  });

  it('passes on a cancellation, whether it is called or told with a heartbeat', async () => {
    for (const isCalled of [true, false]) {
      hub.job = JOB;
      hub.isCancelRequested = false;
      const driver = new Script(async (_watcher, script) => {
        if (isCalled) hub.send({ type: 'cancel', stage: 'prod', operationId: JOB.operationId });
        else hub.isCancelRequested = true;
        await until(() => script.cancels > 0, 'the cancellation');
        return { status: 'cancelled', message: 'stopped' };
      });
      start(driver);
      await until(isFinished, 'the end');
      expect(hub.finished.splice(0)).toEqual([{ status: 'cancelled', message: 'stopped' }]);
      hub.isCancelRequested = false;
      await runner?.stop(10);
    }
  });

  it('is not moved by the cancellation of another operation', async () => {
    hub.job = JOB;
    const driver = new Script(async () => {
      hub.send({ type: 'cancel', stage: 'prod', operationId: `prod.${'b'.repeat(32)}` });
      await Bun.sleep(50);
      return DONE;
    });
    start(driver);
    await until(isFinished, 'the end');
    expect(driver.cancels).toBe(0);
  });

  it('tells a failure of its own as that', async () => {
    hub.job = JOB;
    start(new Script(() => Promise.reject(new TypeError('secret inside'))));
    await until(isFinished, 'the end');
    expect(hub.finished).toEqual([{ status: 'failed', message: 'The runner failed: TypeError.' }]);
  });

  it('goes on trying when its token is refused', async () => {
    let connected = 0;
    const refused = startRunner({
      url: hub.url,
      credential: sharedToken('wrong'),
      driver: new Script(steady(1)),
      entrypoint: 'alchemy.run.ts',
      onConnected: (isConnected) => {
        if (isConnected) connected++;
      },
    });
    await Bun.sleep(400);
    expect(connected).toBe(0);
    await refused.stop(10);
  });
});

describe('a runner for one operation', () => {
  const options = (driver: Driver) => ({
    url: hub.url,
    credential: sharedToken(hub.token),
    driver,
    entrypoint: 'alchemy.run.ts',
    times: QUICK,
    pollMs: 20,
  });

  it('leases exactly that one and answers how it ended', async () => {
    hub.job = JOB;
    expect(await runOnce(JOB.operationId, 2_000, options(new Script(steady(3))))).toEqual(DONE);
    const lease = hub.asked.find(({ ask }) => ask === 'lease');
    expect(lease).toMatchObject({ stage: 'prod', operationId: JOB.operationId });
  });

  it('gives up when there is nothing to lease, or no hub', async () => {
    expect(await runOnce(JOB.operationId, 100, options(new Script(steady(1))))).toBeUndefined();
    const nowhere = { ...options(new Script(steady(1))), url: 'http://127.0.0.1:9' };
    expect(await runOnce(JOB.operationId, 100, nowhere)).toBeUndefined();
  });
});
