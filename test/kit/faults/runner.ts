// A runner that behaves as runners must, on a machine and a line that do not: it is killed, it freezes, its connection
// breaks before an answer or after a question, and what it sends arrives twice.
import { hasEffect } from '../../../src/contract/operation.ts';
import type { LeasedJob, Outcome } from '../../../src/contract/runner-protocol.ts';
import { planOf, snapshotOf, stepOf } from '../operations.ts';
import { Refused, type RunnerSocket, connectRunner } from '../runner-socket.ts';
import type { Holding, Ledger } from './ledger.ts';

export interface RunnerTerms {
  readonly stages: readonly string[];
  readonly patienceMs: number;
  readonly heartbeatMs: number;
  /** How often, of each step, something goes wrong. */
  readonly faultRate: number;
}

/** Its process is gone, and with it all it knew. */
class Killed extends Error {}
/** It has heard nothing for too long, and stops by itself. */
class GaveUp extends Error {}

const chance = (rate: number): boolean => Math.random() < rate;

export class FaultyRunner {
  readonly #url: URL;
  readonly #ledger: Ledger;
  readonly #terms: RunnerTerms;
  readonly #isOver: () => boolean;
  #id = crypto.randomUUID();
  #line: RunnerSocket | undefined;
  /** When the last question that was answered had been sent. */
  #heardAt = 0;

  constructor(url: URL, ledger: Ledger, terms: RunnerTerms, isOver: () => boolean) {
    this.#url = url;
    this.#ledger = ledger;
    this.#terms = terms;
    this.#isOver = isOver;
  }

  async run(): Promise<void> {
    while (!this.#isOver()) {
      try {
        const line = await this.#connected();
        const named = await line.poll();
        const stages = named.length > 0 ? named : [this.#anyStage()];
        for (const stage of stages.toSorted(() => Math.random() - 0.5)) {
          const sentAt = performance.now();
          const job = await this.#ask((on) => on.lease(stage));
          if (job !== null) await this.#work(job, sentAt);
        }
        if (named.length === 0) await Bun.sleep(20);
      } catch (error) {
        if (error instanceof Killed) this.#beBornAgain();
        else if (!(error instanceof Refused)) this.#drop();
        await Bun.sleep(10);
      }
    }
    this.#line?.close();
  }

  async #work(job: LeasedJob, sentAt: number): Promise<void> {
    this.#ledger.granted(job.stage, job.fence, this.#id);
    this.#heardAt = sentAt;
    const { stage, fence } = job;
    const holding = { stage, fence, runnerId: this.#id, from: performance.now(), until: Infinity };
    this.#ledger.holdings.push(holding);
    try {
      await this.#operate(job, holding);
    } catch (error) {
      if (error instanceof Refused && error.code !== 'INTERNAL')
        this.#ledger.count(`refused ${error.code}`);
      else throw error;
    } finally {
      this.#release(holding);
    }
  }

  async #operate(job: LeasedJob, holding: Holding): Promise<void> {
    await this.#checked(job, (line) => line.events(job, [stepOf(1), stepOf(2)]));
    this.#mayDie('runner kills before the effect');
    if (hasEffect(job.kind)) {
      const plan = planOf(job.kind, job.stage);
      if (!(await this.#checked(job, (line) => line.begin(job, plan)))) return;
      await this.#mayFreeze();
      // From here to the next line nothing is awaited: the effect is inside its own patience.
      if (!this.#isPatient()) throw new GaveUp();
      this.#ledger.effect(job.operationId);
      this.#mayDie('runner kills after the effect');
      await this.#takeTime(job);
    } else await this.#mayFreeze();
    const status = chance(0.05) ? 'failed' : 'succeeded';
    // From its finish on it does nothing more: it no longer holds the stage.
    this.#release(holding);
    await this.#checked(job, (line) => line.finish(job, this.#outcome(job, status)), 'finish');
    this.#ledger.finishes.push({ operationId: job.operationId, fence: job.fence, status });
  }

  #outcome({ kind, stage }: LeasedJob, status: 'failed' | 'succeeded'): Outcome {
    if (status === 'failed') return { status, message: 'It did not work.' };
    if (kind === 'drift') return { status, drift: { mode: 'live', resources: [] } };
    if (hasEffect(kind)) return { status, snapshot: snapshotOf(stage) };
    return { status, plan: planOf(kind === 'deploy_plan' ? 'deploy' : 'destroy', stage) };
  }

  /** Long enough, now and then, to need heartbeats. */
  async #takeTime(job: LeasedJob): Promise<void> {
    const { heartbeatMs } = this.#terms;
    for (let beats = chance(0.05) ? 4 : 0; beats > 0; beats -= 1) {
      await Bun.sleep(heartbeatMs);
      await this.#checked(job, (line) => line.heartbeat(job));
    }
  }

  /** Asks until there is an answer, or patience ends. An answer to a fence that a newer one has voided is a fault. */
  async #checked<T>(
    job: LeasedJob,
    question: (line: RunnerSocket) => Promise<T>,
    what = '',
  ): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const sentAt = performance.now();
      const wasSuperseded = this.#ledger.isSuperseded(job.stage, job.fence);
      try {
        const answer = await this.#ask(question);
        // Told twice, because the first answer was lost: it was taken the first time, when the fence was good.
        const isAgain = what === 'finish' && tries > 1;
        if (wasSuperseded)
          this.#ledger.count(isAgain ? 'ends told again' : 'stale fences accepted');
        this.#heardAt = sentAt;
        return answer;
      } catch (error) {
        if (error instanceof Killed) throw error;
        if (error instanceof Refused && error.code !== 'INTERNAL') throw error;
        if (!(error instanceof Refused)) this.#drop();
        if (!this.#isPatient()) {
          this.#ledger.count('runners that gave up');
          throw new GaveUp();
        }
        await Bun.sleep(10);
      }
    }
  }

  async #ask<T>(question: (line: RunnerSocket) => Promise<T>): Promise<T> {
    const line = await this.#connected();
    if (chance(this.#terms.faultRate)) {
      this.#ledger.count('answers lost');
      question(line).catch(() => undefined);
      await Bun.sleep(Math.random() * 4);
      this.#drop();
      throw new Error('the answer was lost');
    }
    if (chance(this.#terms.faultRate)) {
      this.#ledger.count('duplicate deliveries');
      question(line).catch(() => undefined);
    }
    return question(line);
  }

  #mayDie(how: string): void {
    if (!chance(this.#terms.faultRate)) return;
    this.#ledger.count(how);
    throw new Killed();
  }

  /** A laptop is closed for a while; when it is opened again, everybody has gone on. */
  async #mayFreeze(): Promise<void> {
    if (!chance(this.#terms.faultRate / 2)) return;
    this.#ledger.count('runners frozen');
    await Bun.sleep(this.#terms.patienceMs * 3);
  }

  async #connected(): Promise<RunnerSocket> {
    this.#line ??= await connectRunner(this.#url, { runnerId: this.#id, answerMs: 600 });
    return this.#line;
  }

  #drop(): void {
    if (this.#line === undefined) return;
    this.#ledger.count('sockets dropped');
    this.#line.cut();
    this.#line = undefined;
  }

  #beBornAgain(): void {
    this.#line?.cut();
    this.#line = undefined;
    this.#id = crypto.randomUUID();
  }

  #isPatient = (): boolean => performance.now() < this.#heardAt + this.#terms.patienceMs;

  #release(holding: Holding): void {
    const gaveUpAt = this.#heardAt + this.#terms.patienceMs;
    holding.until = Math.min(holding.until, performance.now(), gaveUpAt);
  }

  #anyStage = (): string =>
    this.#terms.stages[Math.floor(Math.random() * this.#terms.stages.length)] ?? 'prod';
}
