// The parent's end of an operation's process: gives it the job and the word to begin, hears its account, and ends it.
import { fileURLToPath } from 'node:url';

import { type ChildOrder, type Job, childEventSchema } from '../contract/runner-ipc.ts';
import type { Outcome } from '../contract/runner-protocol.ts';
import type { Running, Watcher } from './driver.ts';
import { createScrubber, secretsIn } from './secret-texts.ts';

/** A child that was asked to stop drains, then gives up what is in flight; after this it is killed. */
const CANCEL_MS = 15_000;

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface ChildPlace {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** Ends what the child has started, once it is dead. */
  readonly onKilled?: () => Promise<void>;
}

export interface PreparedChild {
  run(job: Job, watcher: Watcher): Running;
}

/** Starts the process, which loads Alchemy while its job is still to come. */
export const prepareChild = (place: ChildPlace): PreparedChild => {
  const child = new Child(place);
  return { run: (job, watcher) => child.run(job, watcher) };
};

class Child {
  readonly #place: ChildPlace;
  readonly #process: Bun.Subprocess<'ignore', 'ignore', 'pipe'>;
  readonly #errors: Promise<string>;
  #watcher: Watcher | undefined;
  #ended: Outcome | undefined;
  #isCancelled = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(place: ChildPlace) {
    this.#place = place;
    this.#process = Bun.spawn([process.execPath, file('./operation-process.ts')], {
      cwd: place.root,
      env: { ...place.env },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'pipe',
      ipc: (message) => this.#hear(message),
    });
    this.#errors = tailOf(this.#process.stderr);
  }

  run(job: Job, watcher: Watcher): Running {
    this.#watcher = watcher;
    this.#order({ order: 'work', job });
    return {
      outcome: this.#outcome(),
      kill: () => this.#kill(),
      cancel: () => this.#cancel(),
    };
  }

  #order(told: ChildOrder): void {
    // A child that is gone meanwhile has said so by its exit.
    const { exitCode, signalCode } = this.#process;
    if (exitCode === null && signalCode === null) this.#process.send(told);
  }

  #hear(message: unknown): void {
    const parsed = childEventSchema.safeParse(message);
    if (!parsed.success) {
      this.#ended = { status: 'failed', message: UNREADABLE };
      return this.#process.kill('SIGKILL');
    }
    const event = parsed.data;
    if (event.type === 'step') this.#watcher?.onStep(event.step);
    else if (event.type === 'ended') this.#ended = event.outcome;
    else
      void this.#watcher?.mayBegin(event.plan).then(
        (mayBegin) => this.#order({ order: mayBegin ? 'go' : 'stop' }),
        () => this.#order({ order: 'stop' }),
      );
  }

  #cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#order({ order: 'cancel' });
    this.#timer = setTimeout(() => void this.#kill(), CANCEL_MS);
  }

  async #kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#process.exited;
    await this.#place.onKilled?.();
  }

  async #outcome(): Promise<Outcome> {
    await this.#process.exited;
    clearTimeout(this.#timer);
    if (this.#ended !== undefined) return this.#ended;
    if (this.#isCancelled) return { status: 'cancelled', message: KILLED };
    const said = createScrubber(secretsIn(this.#place.env))(lastLine(await this.#errors));
    return { status: 'failed', message: said };
  }
}

const UNREADABLE =
  'The account of the operation could not be read: the stack may be larger than what can be told.';
const KILLED = 'It did not stop in time and was ended. The next deploy finishes what it had begun.';

const KEPT_CHARACTERS = 20_000;

/** The end of what it prints, which may be without end. */
const tailOf = async (stream: ReadableStream<Uint8Array>): Promise<string> => {
  const decoder = new TextDecoder();
  let tail = '';
  for await (const chunk of stream)
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-KEPT_CHARACTERS);
  return tail;
};

/** A process that died without an account usually said why in its last words. */
const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .findLast((line) => line.trim() !== '')
    ?.slice(0, 1_000) ?? 'its process ended without a word.';
