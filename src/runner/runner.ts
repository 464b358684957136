// A runner: asks the hub for work, does one operation at a time, and reports on it. It goes on through lost
// connections and a hub that replaces itself.
import { stageOfOperation } from '../contract/operation.ts';
import {
  type LeasedJob,
  type Outcome,
  leaseReplySchema,
  pollReplySchema,
} from '../contract/runner-protocol.ts';
import { now } from '../lib/clock.ts';
import { within } from '../lib/within.ts';
import type { Credential } from './credential.ts';
import type { Driver } from './driver.ts';
import { type Hub, openHub } from './hub.ts';
import { type Lease, type LeaseTimes, workOn } from './lease.ts';
import { type TakeTurn, createTurns, inTurn } from './local-cloud/turns.ts';
import { publishOutcome } from './publish-snapshot.ts';

const POLL_MS = 3_000;
const STOP_MS = 20_000;

export interface RunnerOptions {
  /** Of the hub's MCP server. */
  readonly url: string;
  readonly credential: Credential;
  readonly driver: Driver;
  readonly entrypoint: string;
  readonly onBegin?: (job: LeasedJob) => void;
  /** Undefined: it was no longer this runner's when it ended. */
  readonly onEnd?: (job: LeasedJob, outcome: Outcome | undefined) => void;
  readonly onConnected?: (isConnected: boolean) => void;
  readonly onRefused?: (message: string) => void;
  readonly takeTurn?: TakeTurn;
  readonly times?: LeaseTimes;
  readonly pollMs?: number;
}

export interface Runner {
  /** Takes nothing more. A running operation is asked to stop between resources, and killed if that takes too long. */
  stop(graceMs?: number): Promise<void>;
}

export const startRunner = (options: RunnerOptions): Runner => {
  const session = openSession(options);
  const work = loop(session, options);
  return {
    stop: async (graceMs = STOP_MS) => {
      session.stop();
      // With nothing to tell there is nobody to wait for.
      if (session.lease === undefined) session.hub.close();
      await within(work, graceMs);
      await session.lease?.kill();
      session.hub.close();
      await work;
    },
  };
};

/** Does that one operation. Undefined when there is nothing to do for it within `waitMs`, or it was taken away. */
export const runOnce = async (
  operationId: string,
  waitMs: number,
  options: RunnerOptions,
): Promise<Outcome | undefined> => {
  const stage = stageOfOperation(operationId);
  if (stage === undefined) return undefined;
  const session = openSession(options, operationId);
  const timer = setTimeout(() => {
    if (session.lease === undefined) session.hub.close();
  }, waitMs);
  try {
    for (let waitedMs = 0; waitedMs <= waitMs; waitedMs += session.pollMs) {
      const leased = await session.hub.ask({ ask: 'lease', stage, operationId }, leaseReplySchema);
      if (!leased.ok && leased.error.code === 'CLOSED') return undefined;
      if (leased.ok && leased.value.job !== null)
        return await perform(leased.value.job, session, options);
      await session.awoken(session.pollMs);
    }
    return undefined;
  } finally {
    clearTimeout(timer);
    session.hub.close();
  }
};

interface Session {
  readonly hub: Hub;
  readonly pollMs: number;
  readonly takeTurn: TakeTurn;
  lease: Lease | undefined;
  operationId: string | undefined;
  isStopping: boolean;
  stop(): void;
  /** Resolves when the hub calls, or after `ms`. */
  awoken(ms: number): Promise<void>;
}

const openSession = (options: RunnerOptions, only?: string): Session => {
  let awaken = (): void => {};
  const session: Session = {
    pollMs: options.pollMs ?? POLL_MS,
    takeTurn: options.takeTurn ?? createTurns(),
    lease: undefined,
    operationId: undefined,
    isStopping: false,
    hub: openHub({
      url: options.url,
      credential: options.credential,
      operationId: only,
      mode: options.driver.mode,
      ...(options.onRefused && { onRefused: options.onRefused }),
      onCall: (call) => {
        if (call.type === 'work') awaken();
        else if (call.operationId === session.operationId) session.lease?.cancel();
      },
      onConnected: (isConnected) => {
        if (isConnected) awaken();
        options.onConnected?.(isConnected);
      },
    }),
    stop: () => {
      session.isStopping = true;
      session.lease?.cancel();
      awaken();
    },
    awoken: async (ms) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      awaken = resolve;
      await promise;
      clearTimeout(timer);
    },
  };
  return session;
};

const loop = async (session: Session, options: RunnerOptions): Promise<void> => {
  while (!session.isStopping) {
    const awoken = session.awoken(session.pollMs);
    const polled = await session.hub.ask({ ask: 'poll' }, pollReplySchema);
    if (!polled.ok && polled.error.code === 'CLOSED') return;
    let didWork = false;
    for (const stage of polled.ok ? polled.value.stages : []) {
      if (session.isStopping) return;
      const leased = await session.hub.ask({ ask: 'lease', stage }, leaseReplySchema);
      if (!leased.ok || leased.value.job === null) continue;
      await perform(leased.value.job, session, options);
      didWork = true;
    }
    if (!didWork) await awoken;
  }
};

const perform = async (
  job: LeasedJob,
  session: Session,
  options: RunnerOptions,
): Promise<Outcome | undefined> => {
  options.onBegin?.(job);
  const { driver, entrypoint, times, credential } = options;
  const lease = workOn(job, {
    hub: session.hub,
    driver: inTurn(driver, session.takeTurn),
    entrypoint,
    now,
    ...(times && { times }),
    onSnapshot: (outcome) => publishOutcome(credential, outcome),
  });
  session.lease = lease;
  session.operationId = job.operationId;
  if (session.isStopping) lease.cancel();
  const outcome = await lease.ended;
  session.lease = undefined;
  session.operationId = undefined;
  options.onEnd?.(job, outcome);
  return outcome;
};
