// An application that answers badly in every way an application can. It stands for what users deploy: it lies outside of
// what this repository builds, so a test may make it up.
import { DurableObject, WorkflowEntrypoint, WorkerEntrypoint } from 'cloudflare:workers';

import { LEAK } from './odd-app.ts';

export class ThrowingDO extends DurableObject {
  receiveMessage(): never {
    throw new Error(`cannot connect to ${LEAK}`);
  }
}

/** Takes no messages. */
export class DeafDO extends DurableObject {}

/** Gives back what it was told, and by whom. */
export class EchoDO extends DurableObject {
  #count = 0;

  receiveMessage(message: string, sender: unknown) {
    this.#count += 1;
    return { heard: message, from: sender, count: this.#count, instance: this.ctx.id.name ?? null };
  }
}

export class TalkativeDO extends DurableObject {
  receiveMessage(message: string): string {
    return 'x'.repeat(Number(message));
  }
}

export class SilentDO extends DurableObject {
  receiveMessage(): void {}
}

/** Answers with things that live: they must not cross. */
export class LiveDO extends DurableObject {
  receiveMessage(message: string): unknown {
    if (message === 'date') return { at: new Date(0) };
    if (message === 'function') return { call: () => LEAK };
    if (message === 'stream') return new Blob(['text']).stream();
    if (message === 'map') return new Map([['a', 1]]);
    if (message === 'bigint') return { big: 12n };
    if (message === 'deep') return JSON.parse('['.repeat(5_000) + ']'.repeat(5_000));
    return Number.NaN;
  }
}

/** Cannot even start. */
export class BrokenDO extends DurableObject<Record<string, never>> {
  constructor(ctx: DurableObjectState, env: Record<string, never>) {
    super(ctx, env);
    throw new Error(`no config at ${LEAK}`);
  }
}

export class FailingWorkflow extends WorkflowEntrypoint {
  override run(): Promise<never> {
    return Promise.reject(new Error('The step "charge" was declined.'));
  }
}

export class OddOutputWorkflow extends WorkflowEntrypoint {
  override async run() {
    return { text: 'hidden \u{202E}text', at: new Date(0) };
  }
}

export default class extends WorkerEntrypoint {
  override fetch(): Response {
    return new Response(`down: ${LEAK}`, { status: 500 });
  }
}
