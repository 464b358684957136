// The engine of one stage: what callers, runners and GitHub do, over one state. The caller wraps each method in a
// transaction of its own.
import { CallerSide } from './caller-side.ts';
import { DispatchSide } from './dispatch-side.ts';
import { type EngineOptions, EngineState } from './engine-state.ts';
import { lineOf, viewOf } from './operation-view.ts';
import type { LeaseTerms, OpenWork } from './rules/lease.ts';
import { RunnerSide } from './runner-side.ts';

export class Engine {
  readonly callers: CallerSide;
  readonly runners: RunnerSide;
  readonly dispatches: DispatchSide;
  readonly #state: EngineState;

  constructor(options: EngineOptions) {
    this.#state = new EngineState(options);
    this.callers = new CallerSide(this.#state);
    this.runners = new RunnerSide(this.#state);
    this.dispatches = new DispatchSide(this.#state);
  }

  get journal() {
    return this.#state.journal;
  }

  /** What is remembered beside the operations, by name. */
  get facts() {
    return this.#state.store;
  }

  tick(terms: LeaseTerms, now: number): void {
    this.callers.expire(now);
    this.runners.tick(terms, now);
  }

  operation(operationId: string) {
    const record = this.#state.store.byId(operationId);
    return record && viewOf(record, this.#state.stage, this.#state.store);
  }

  operations(limit: number, before: string | undefined) {
    return this.#state.store.page(limit, before).map((record) => lineOf(record, this.#state.stage));
  }

  steps(operationId: string, after: number, limit: number) {
    return this.#state.store.events(operationId, after, limit);
  }

  open(): Omit<OpenWork, 'isUntold'> {
    const { store } = this.#state;
    return {
      isHeld: store.held() !== undefined,
      queued: store.count('queued'),
      awaiting: store.count('awaiting_approval'),
    };
  }

  /** How many have the stage before a queued operation. */
  before(operationId: string): number {
    return this.#state.store.before(operationId);
  }
}
