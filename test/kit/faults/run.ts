// Operations by the thousand on several stages, with several runners, while everything that can break does.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Operation, type OperationKind, hasEnded } from '../../../src/contract/operation.ts';
import { type OperationsCloud, startOperations } from '../operations-cloud.ts';
import { BOB, digestOf, submissionOf } from '../operations.ts';
import { Ledger } from './ledger.ts';
import { FaultyRunner } from './runner.ts';

export interface FaultRunOptions {
  readonly operations: number;
  readonly stages: number;
  readonly runners: number;
  readonly faultRate: number;
  readonly aborts: number;
  readonly kills: number;
  readonly clockSteps: number;
}

const TERMS = { tickMs: 200, ticks: 8 };
/** Under the seven ticks after which a lease is lost at the earliest, with three to spare for clocks that step. */
const PATIENCE_MS = 800;
const HEARTBEAT_MS = 200;
const OPEN_PER_STAGE = 5;
const END_MS = 60_000;

const RUNNERS_WORDS: ReadonlySet<string> = new Set(['succeeded', 'failed OPERATION_FAILED']);

const add = (counts: Map<string, number>, id: string): void => {
  counts.set(id, (counts.get(id) ?? 0) + 1);
};

const free = (): number => {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
  const { port } = server;
  void server.stop(true);
  if (port === undefined) throw new Error('no port');
  return port;
};

const kindOf = (n: number): OperationKind => {
  if (n % 10 === 3) return 'deploy_plan';
  if (n % 10 === 6) return 'drift';
  return n % 10 === 9 ? 'destroy' : 'deploy';
};

export const runWithFaults = async (options: FaultRunOptions) => {
  const folder = mkdtempSync(join(tmpdir(), 'operations-'));
  const port = free();
  const start = () =>
    startOperations({ ...TERMS, folder, port, variables: { MCP_PROTECTED_STAGES: 'none' } });
  const run = new FaultRun(options, await start(), start);
  try {
    return await run.whole();
  } finally {
    await run.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

class FaultRun {
  readonly #options: FaultRunOptions;
  readonly #start: () => Promise<OperationsCloud>;
  readonly #ledger = new Ledger();
  readonly #stages: string[];
  #cloud: OperationsCloud;
  #next = 0;
  #ended = 0;
  #isOver = false;

  constructor(
    options: FaultRunOptions,
    cloud: OperationsCloud,
    start: () => Promise<OperationsCloud>,
  ) {
    this.#options = options;
    this.#cloud = cloud;
    this.#start = start;
    this.#stages = Array.from({ length: options.stages }, (_, n) => `stage-${n}`);
  }

  async whole() {
    const startedAt = performance.now();
    const terms = {
      stages: this.#stages,
      patienceMs: PATIENCE_MS,
      heartbeatMs: HEARTBEAT_MS,
      faultRate: this.#options.faultRate,
    };
    const runners = Array.from({ length: this.#options.runners }, () =>
      new FaultyRunner(this.#cloud.url, this.#ledger, terms, () => this.#isOver).run(),
    );
    const callers = this.#stages.flatMap((stage) =>
      Array.from({ length: OPEN_PER_STAGE }, () => this.#callFrom(stage)),
    );
    const chaos = this.#chaos();
    await Promise.all(callers);
    this.#isOver = true;
    await Promise.all([...runners, chaos]);
    const seconds = (performance.now() - startedAt) / 1_000;
    return { ledger: this.#ledger, ...(await this.#account()), seconds };
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#cloud[Symbol.asyncDispose]().catch(() => undefined);
  }

  /** As a client does: the same request under the same key, until it is acknowledged. */
  async #callFrom(stage: string): Promise<void> {
    for (;;) {
      const n = this.#next++;
      if (n >= this.#options.operations) return;
      const submission = submissionOf(kindOf(n), {
        idempotencyKey: `request-${n}`,
        argumentsHash: digestOf(String(n)),
      });
      const answer = await this.#until(() => this.#cloud.engine(stage).submit(submission));
      if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`);
      const { operationId } = answer.value;
      if (this.#ledger.acknowledged.has(operationId)) this.#ledger.count('ids given twice');
      this.#ledger.acknowledged.set(operationId, stage);
      if (n % 25 === 7) {
        this.#ledger.count('cancellations');
        await this.#until(() => this.#cloud.engine(stage).cancel(operationId, BOB));
      }
      await this.#ending(stage, operationId);
      this.#ended += 1;
    }
  }

  async #ending(stage: string, operationId: string): Promise<void> {
    const deadline = performance.now() + END_MS;
    let status = 'queued';
    while (performance.now() < deadline) {
      const since = { seq: Number.MAX_SAFE_INTEGER, status };
      const seen = await this.#until(() =>
        this.#cloud.engine(stage).follow(operationId, since, 1_000),
      );
      if (seen === undefined || seen === null) return this.#ledger.count('operations vanished');
      status = seen.operation.status;
      if (hasEnded(seen.operation.status)) return;
    }
    this.#ledger.count('operations stuck');
  }

  async #until<T>(call: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + END_MS;
    for (;;) {
      try {
        return await call();
      } catch (error) {
        this.#ledger.count('calls tried again');
        if (performance.now() > deadline) throw error;
        await Bun.sleep(20);
      }
    }
  }

  /** Spread over the whole run by its progress. */
  async #chaos(): Promise<void> {
    const { aborts, kills, clockSteps, operations } = this.#options;
    const faults = [
      ...Array.from({ length: aborts }, (_, n) =>
        n % 4 === 3 ? this.#abortHub : this.#abortEngine,
      ),
      ...Array.from({ length: kills }, () => this.#kill),
      ...Array.from({ length: clockSteps }, () => this.#stepClock),
    ].toSorted(() => Math.random() - 0.5);
    for (const [n, fault] of faults.entries()) {
      const due = ((n + 1) / (faults.length + 1)) * operations;
      while (this.#ended < due && !this.#isOver) await Bun.sleep(5);
      if (this.#isOver) return;
      await fault();
    }
  }

  #abortEngine = async (): Promise<void> => {
    const stage = this.#stages[Math.floor(Math.random() * this.#stages.length)] ?? '';
    this.#ledger.count('engines aborted');
    await this.#cloud
      .engine(stage)
      .die()
      .catch(() => undefined);
  };

  #abortHub = async (): Promise<void> => {
    this.#ledger.count('hubs aborted');
    await this.#cloud.hub.die().catch(() => undefined);
  };

  #kill = async (): Promise<void> => {
    this.#ledger.count('workerds killed');
    await this.#cloud.kill();
    this.#cloud = await this.#start();
  };

  /** Any clock within five minutes of the true one, since what waits for a runner expires after fifteen. */
  #stepClock = async (): Promise<void> => {
    const stage = this.#stages[Math.floor(Math.random() * this.#stages.length)] ?? '';
    this.#ledger.count('clock steps');
    const ms = Math.round((Math.random() - 0.5) * 600_000);
    await this.#cloud
      .engine(stage)
      .setClock(ms)
      .catch(() => undefined);
  };

  /** The engine's own word, to hold against the ledger's. */
  async #account() {
    const operations = new Map<string, Operation>();
    for (const [operationId, stage] of this.#ledger.acknowledged) {
      const found = await this.#until(() => this.#cloud.engine(stage).operation(operationId));
      if (found !== undefined && found !== null) operations.set(operationId, found);
    }
    const verdicts = await Promise.all(
      this.#stages.map((stage) => this.#until(() => this.#cloud.engine(stage).verifyJournal())),
    );
    const begun = new Map<string, number>();
    const ended = new Map<string, number>();
    let written = 0;
    for (const stage of this.#stages) {
      let highest = 0;
      for (const { type, operation_id: id, fence, outcome } of await this.#cloud
        .engine(stage)
        .sql('SELECT type, operation_id, fence, outcome FROM journal ORDER BY seq')) {
        if (type === 'begun') add(begun, String(id));
        if (type === 'ended') add(ended, String(id));
        // By a runner's word, not by the engine's own.
        const isRunners = type === 'begun' || RUNNERS_WORDS.has(String(outcome));
        if (isRunners && Number(fence) < highest) written += 1;
        if (type === 'leased') highest = Math.max(highest, Number(fence));
      }
    }
    return { operations, verdicts, begun, ended, writtenUnderOldFences: written };
  }
}
