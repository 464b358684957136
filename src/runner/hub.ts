// The runner's end of its conversation with the hub. A question is asked again after every lost connection until it is
// answered: the engine answers the second time as it did the first. Nothing in here knows what a question is about.
import { hostname } from 'node:os';

import type { z } from 'zod';

import {
  type HubMessage,
  RUNNER_PATH,
  RUNNER_PROTOCOL,
  type RunnerRequest,
  hubMessageSchema,
} from '../contract/runner-protocol.ts';
import { randomId } from '../lib/ids.ts';
import { parseJson } from '../lib/json.ts';
import { type Result, err, ok } from '../lib/result.ts';
import type { Credential } from './credential.ts';

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 15_000;
/** A first connection may take a moment; what goes on failing is worth a word. */
const TRIES_UNTOLD = 2;
/** A connection on which a question stays unanswered for this long is taken for dead. */
const ANSWER_MS = 10_000;
const WATCH_MS = 500;

type Distribute<T> = T extends unknown ? Omit<T, 'id'> : never;

/** A question without its number. */
export type Question = Distribute<Exclude<RunnerRequest, { ask: 'hello' }>>;

export interface Refused {
  readonly code: 'STALE_FENCE' | 'BAD_REQUEST' | 'INTERNAL' | 'CLOSED';
  readonly message: string;
}

export type Call = Extract<HubMessage, { type: 'work' | 'cancel' }>;

export interface HubOptions {
  /** Of the MCP server: `http://localhost:8787`. */
  readonly url: string;
  readonly credential: Credential;
  /** The only operation it wants. */
  readonly operationId?: string | undefined;
  readonly mode: 'local' | 'live';
  readonly onCall: (call: Call) => void;
  /** Told each time the connection is there, or is not. */
  readonly onConnected?: (isConnected: boolean) => void;
  /** Told why the hub does not take this runner. */
  readonly onRefused?: (message: string) => void;
  readonly answerMs?: number;
}

export interface Hub {
  /** Resolves with the answer, however many connections it takes; with CLOSED once the hub is closed. */
  ask<T>(question: Question, answer: z.ZodType<T>): Promise<Result<T, Refused>>;
  close(): void;
}

interface Pending {
  readonly frame: string;
  /** When it went out on the connection that is open now. */
  sentAt: number | undefined;
  readonly settle: (result: Result<unknown, Refused>) => void;
}

export const openHub = (options: HubOptions): Hub => {
  const connection = new HubConnection(options);
  return {
    ask: (question, answer) => connection.ask(question, answer),
    close: () => connection.close(),
  };
};

class HubConnection {
  readonly #options: HubOptions;
  readonly #runnerId = randomId();
  readonly #pending = new Map<number, Pending>();
  readonly #watch: ReturnType<typeof setInterval>;
  #lastId = 0;
  #socket: WebSocket | undefined;
  #isGreeted = false;
  /** Since when the greeting waits for its answer; Infinity when it does not. */
  #greetingSince = Infinity;
  #isClosed = false;
  #failures = 0;
  /** Told once, however often it is heard. */
  #refusal: string | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#watch = setInterval(() => this.#dropSilent(), WATCH_MS);
    void this.#connect();
  }

  ask<T>(question: Question, answer: z.ZodType<T>): Promise<Result<T, Refused>> {
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve(err(CLOSED));
      const id = ++this.#lastId;
      const asked: Pending = {
        frame: JSON.stringify({ ...question, id }),
        sentAt: undefined,
        settle: (result) => {
          if (!result.ok) return resolve(result);
          const parsed = answer.safeParse(result.value);
          resolve(parsed.success ? ok(parsed.data) : err(NONSENSE));
        },
      };
      this.#pending.set(id, asked);
      this.#send(asked);
    });
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#watch);
    this.#socket?.close();
    for (const question of this.#pending.values()) question.settle(err(CLOSED));
    this.#pending.clear();
  }

  async #connect(): Promise<void> {
    if (this.#isClosed) return;
    const { url, credential, mode, operationId } = this.#options;
    const token = await credential(new URL(url).origin).catch(() => undefined);
    if (token === undefined) return this.#lost();
    // Closed meanwhile.
    if (this.#isClosed) return;
    const opened = new WebSocket(socketUrl(url), { headers: { authorization: `Bearer ${token}` } });
    this.#socket = opened;
    this.#greetingSince = performance.now();
    opened.addEventListener('open', () => {
      const who = { runnerId: this.#runnerId, label: label(), mode, operationId };
      opened.send(JSON.stringify({ ask: 'hello', id: HELLO, protocol: RUNNER_PROTOCOL, ...who }));
    });
    opened.addEventListener('message', ({ data }) => {
      const message = read(data);
      // A late word on a connection that was given up would be an answer to nothing.
      if (message !== undefined && this.#socket === opened) this.#hear(message);
    });
    opened.addEventListener('error', () => {});
    opened.addEventListener('close', () => this.#lose(opened));
  }

  #hear(message: HubMessage): void {
    if (message.type === 'work' || message.type === 'cancel') return this.#options.onCall(message);
    if (message.id === HELLO && message.type === 'reply') return this.#greeted();
    if (message.id === HELLO && message.type === 'refusal') {
      if (message.message !== this.#refusal) this.#options.onRefused?.(message.message);
      this.#refusal = message.message;
      return this.#socket?.close();
    }
    const question = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    question?.settle(message.type === 'reply' ? ok(message.value) : err(message));
  }

  #greeted(): void {
    this.#isGreeted = true;
    this.#greetingSince = Infinity;
    this.#failures = 0;
    this.#options.onConnected?.(true);
    for (const question of this.#pending.values()) this.#send(question);
  }

  #send(question: Pending): void {
    if (!this.#isGreeted || this.#socket?.readyState !== WebSocket.OPEN) return;
    question.sentAt = performance.now();
    this.#socket.send(question.frame);
  }

  #lose(lost: WebSocket): void {
    if (this.#socket !== lost) return;
    this.#socket = undefined;
    this.#lost();
  }

  #lost(): void {
    const isNews = this.#isGreeted || this.#failures === TRIES_UNTOLD;
    if (isNews && !this.#isClosed) this.#options.onConnected?.(false);
    this.#isGreeted = false;
    this.#greetingSince = Infinity;
    for (const question of this.#pending.values()) question.sentAt = undefined;
    if (!this.#isClosed) setTimeout(() => void this.#connect(), delayAfter(this.#failures++));
  }

  /** A peer that vanished without a word closes nothing. */
  #dropSilent(): void {
    const sent = [...this.#pending.values()].map(({ sentAt }) => sentAt ?? Infinity);
    const waitedMs = performance.now() - Math.min(this.#greetingSince, ...sent);
    const silent = this.#socket;
    if (waitedMs < (this.#options.answerMs ?? ANSWER_MS) || silent === undefined) return;
    silent.close();
    this.#lose(silent);
  }
}

/** The number of the first question on every connection. */
const HELLO = 0;

const CLOSED: Refused = { code: 'CLOSED', message: 'The connection to the hub was closed.' };
const NONSENSE: Refused = { code: 'INTERNAL', message: 'The hub answered what was not asked.' };

const label = (): string => `${hostname()} ${process.pid}`.slice(0, 200);

const socketUrl = (url: string): string => {
  const address = new URL(RUNNER_PATH, url);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address.href;
};

const read = (data: unknown): HubMessage | undefined =>
  hubMessageSchema.safeParse(parseJson(String(data))).data;

/** Doubles up to a bound, and is spread: after an outage not all runners come back in the same moment. */
const delayAfter = (failures: number): number => {
  const delayMs = Math.min(FIRST_DELAY_MS * 2 ** Math.min(failures, 10), MAX_DELAY_MS);
  const spread = Number.parseInt(randomId().slice(0, 8), 16) / 0xffff_ffff;
  return delayMs * (0.5 + spread / 2);
};
