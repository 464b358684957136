// What the engine keeps of the runs it asks GitHub for. Synchronous, and to be called within one transaction: that a run is
// asked for is in the journal before GitHub hears of it.
import { type GithubSettings, runIdOf, runsUrl } from '../contract/github.ts';
import { hasEnded } from '../contract/operation.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { EngineState } from './engine-state.ts';
import type { OperationRecord } from './operation-record.ts';
import {
  type Answer,
  type Ask,
  answeredAsk,
  claimed,
  hasCome,
  nextAsk,
} from './rules/dispatch-rule.ts';
import { isHeld } from './rules/machine.ts';
import { type RunnerRefusal, badRequest } from './runner-refusal.ts';

export class DispatchSide {
  readonly #state: EngineState;

  constructor(state: EngineState) {
    this.#state = state;
  }

  /** Whether an operation waits that a runner could have now. */
  get isWaiting(): boolean {
    return this.#next() !== undefined;
  }

  /** The operation to ask a run for now, as asked; undefined when it is not time. */
  ask(github: GithubSettings, runners: number | undefined, now: number): string | undefined {
    const record = this.#next();
    const ask = record && nextAsk(record, runners, now);
    if (record === undefined || ask === undefined) return undefined;
    const before = ask.tries > 1 ? record.asks?.slice(0, -1) : record.asks;
    this.#keep(record, [...(before ?? []), { ...ask, url: runsUrl(github) }]);
    this.#state.note(record, 'dispatch_asked', now);
    return record.operationId;
  }

  answered(github: GithubSettings, operationId: string, answer: Answer, now: number): void {
    const record = this.#state.store.byId(operationId);
    const last = record?.asks?.at(-1);
    if (record === undefined || last?.state !== 'asking') return;
    const ask = answeredAsk(last, answer, now);
    const url = runsUrl(github, ask.runId);
    this.#keep(record, [...(record.asks ?? []).slice(0, -1), { ...ask, url }]);
    if (ask.state === 'asked')
      this.#state.note(record, 'dispatched', now, { outcome: ask.runId ?? 'accepted' });
    else this.#state.note(record, 'dispatch_refused', now, { outcome: ask.reason ?? ask.state });
  }

  /** Lets in a run that was asked for, for that operation alone; the same run again after a lost connection. */
  admit(operationId: string, run: string): Result<null, RunnerRefusal> {
    const runId = runIdOf(run);
    const record = this.#state.store.byId(operationId);
    if (record !== undefined && hasCome(record.asks, runId)) return ok(null);
    if (record === undefined || hasEnded(record.status))
      return err(badRequest('That operation is not there, or has ended.'));
    const asks = claimed(record.asks, runId);
    if (asks === undefined)
      return err(badRequest('This run was not asked for, or another has come in its place.'));
    this.#keep(record, asks);
    return ok(null);
  }

  isHeldBy(run: string): boolean {
    const held = this.#state.store.held();
    return held !== undefined && isHeld(held.status) && hasCome(held.asks, runIdOf(run));
  }

  #next(): OperationRecord | undefined {
    const { store } = this.#state;
    return store.held() === undefined ? store.nextQueued() : undefined;
  }

  /** An operation that waits does not move by being asked a run for. */
  #keep(record: OperationRecord, asks: readonly Ask[]): void {
    this.#state.change(record, { asks: [...asks] }, record.updatedAt);
  }
}
