// The one object that runners are connected to. It passes their questions to the engine of the stage they are about, calls
// out when there is work or a cancellation, and keeps the directory of stages.
import { DurableObject } from 'cloudflare:workers';
import { z } from 'zod';

import type { KnownStage, StageDirectory } from '../../contract/engine.ts';
import { stageOfOperation } from '../../contract/operation.ts';
import {
  type HubMessage,
  MAX_MESSAGE_BYTES,
  type RunnerRequest,
  runnerRequestSchema,
} from '../../contract/runner-protocol.ts';
import { errorName } from '../../lib/error-name.ts';
import { bytesOf } from '../../lib/hash.ts';
import { parseJson } from '../../lib/json.ts';
import { log } from '../../lib/log.ts';
import { type Result, err } from '../../lib/result.ts';
import { type HubDoor, RUN_HEADER, type StageNotice } from '../hub-door.ts';
import { type EngineDoor, mayAsk, relay } from './relay.ts';
import { attachRun, attachRunner, greeted, isFor, runOf, runnerOf } from './runner-socket.ts';
import { StageTable } from './stage-table.ts';

export interface RunnerHubEnv {
  readonly MCP_LOCAL?: string;
  readonly STAGE_ENGINE: DurableObjectNamespace<EngineDoor>;
}

/** WebSocket close codes. */
const CLOSED = { normally: 1000, refused: 1008, tooLarge: 1009 } as const;

export class RunnerHub extends DurableObject<RunnerHubEnv> implements StageDirectory, HubDoor {
  readonly #stages = new StageTable(this.ctx.storage.sql);

  /** A runner’s WebSocket. Who may open one was decided before. */
  override async fetch({ headers }: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    attachRun(server, headers.get(RUN_HEADER));
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    if (isTooLarge(data)) {
      socket.close(CLOSED.tooLarge, `A message has at most ${MAX_MESSAGE_BYTES} bytes.`);
      return;
    }
    const json = typeof data === 'string' ? parseJson(data) : undefined;
    const request = runnerRequestSchema.safeParse(json);
    if (request.success) {
      const answer = await this.#answer(socket, request.data);
      if (answer !== undefined) send(socket, answer);
      return;
    }
    const id = numbered.safeParse(json);
    if (!id.success) socket.close(CLOSED.refused, 'A message is JSON with a numeric id.');
    else send(socket, refusal(id.data.id, 'BAD_REQUEST', sentenceOf(request.error)));
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    close(socket, code);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    close(socket, CLOSED.normally);
  }

  async tell(notice: StageNotice): Promise<void> {
    const isNews = this.ctx.storage.transactionSync(() => this.#stages.hear(notice));
    if (isNews && notice.hasWork) this.#callOut({ type: 'work', stage: notice.stage });
  }

  async cancel(stage: string, operationId: string): Promise<void> {
    this.#callOut({ type: 'cancel', stage, operationId });
  }

  async stages(): Promise<readonly KnownStage[]> {
    return this.#stages.deployed();
  }

  async stage(name: string): Promise<KnownStage | undefined> {
    return this.#stages.find(name);
  }

  async runners(): Promise<number> {
    const runners = this.ctx.getWebSockets().flatMap((socket) => runnerOf(socket) ?? []);
    const takesAny = runners.filter(({ only }) => only === undefined);
    return new Set(takesAny.map(({ runnerId }) => runnerId)).size;
  }

  async #answer(socket: WebSocket, request: RunnerRequest): Promise<HubMessage | undefined> {
    if (request.ask === 'hello') return this.#welcome(socket, request);
    const runner = runnerOf(socket);
    if (runner === undefined) return refusal(request.id, 'BAD_REQUEST', 'Say hello first.');
    const { id } = request;
    if (request.ask === 'poll') {
      const stages = runner.only === undefined ? this.#stages.withWork() : [];
      return { type: 'reply', id, value: { stages } };
    }
    if (!mayAsk(runner, request))
      return refusal(id, 'BAD_REQUEST', 'This run was started for another operation.');
    try {
      const answer = await relay(request, runner, this.#engine(request.stage));
      return answer.ok
        ? { type: 'reply', id, value: answer.value }
        : refusal(id, answer.error.code, answer.error.message);
    } catch (error) {
      // An engine that restarts breaks off the calls that found it there: the runner asks again.
      log('WARN', 'hub.relay_failed', {
        ask: request.ask,
        stage: request.stage,
        error: errorName(error),
      });
      return refusal(id, 'INTERNAL', 'The engine of the stage did not answer. Ask again.');
    }
  }

  async #welcome(
    socket: WebSocket,
    hello: Extract<RunnerRequest, { ask: 'hello' }>,
  ): Promise<HubMessage | undefined> {
    const { id, mode } = hello;
    const wanted = this.env.MCP_LOCAL === '1' ? 'local' : 'live';
    if (mode !== wanted) {
      socket.close(CLOSED.refused, `This hub takes ${wanted} runners, and this one is ${mode}.`);
      return undefined;
    }
    const run = runOf(socket);
    const runner = greeted(run, hello);
    if (!runner.ok) return refusal(id, 'BAD_REQUEST', runner.error);
    const { runnerId, only } = runner.value;
    if (run !== undefined && only !== undefined) {
      const admitted = await this.#admit(only, run);
      if (!admitted.ok) return refusal(id, admitted.error.code, admitted.error.message);
    }
    for (const other of this.ctx.getWebSockets())
      if (other !== socket && runnerOf(other)?.runnerId === runnerId)
        close(other, CLOSED.normally, 'The runner has connected anew.');
    attachRunner(socket, runner.value);
    return { type: 'reply', id, value: {} };
  }

  async #admit(operationId: string, run: string): Promise<Result<null, HubRefusal>> {
    try {
      return await this.#engine(stageOfOperation(operationId) ?? '').admit(operationId, run);
    } catch {
      return err({ code: 'INTERNAL', message: 'The engine of the stage did not answer.' });
    }
  }

  #engine(stage: string) {
    const engines = this.env.STAGE_ENGINE;
    return engines.get(engines.idFromName(stage));
  }

  #callOut(call: Extract<HubMessage, { stage: string }>): void {
    for (const socket of this.ctx.getWebSockets()) {
      const runner = runnerOf(socket);
      if (runner !== undefined && isFor(runner, call)) send(socket, call);
    }
  }
}

type HubRefusal = Pick<Extract<HubMessage, { type: 'refusal' }>, 'code' | 'message'>;

const numbered = z.object({ id: z.int() });

const refusal = (
  id: number,
  code: Extract<HubMessage, { type: 'refusal' }>['code'],
  message: string,
): HubMessage => ({ type: 'refusal', id, code, message });

const isTooLarge = (data: string | ArrayBuffer): boolean =>
  typeof data === 'string'
    ? data.length > MAX_MESSAGE_BYTES || bytesOf(data).length > MAX_MESSAGE_BYTES
    : data.byteLength > MAX_MESSAGE_BYTES;

/** Where the message is wrong: of what it says nothing is repeated. */
const sentenceOf = (error: z.ZodError): string => {
  const places = error.issues.slice(0, 3).map(({ path }) => path.join('.') || 'the message');
  return `Not of the form the protocol has: ${places.join(', ')}.`;
};

const send = (socket: WebSocket, message: HubMessage): void => {
  try {
    socket.send(JSON.stringify(message));
  } catch {
    // It closed meanwhile. The runner asks again on its next connection.
  }
};

const close = (socket: WebSocket, code: number, reason = ''): void => {
  try {
    // Codes under 1000 and the reserved ones cannot be sent.
    const isSendable = code === CLOSED.normally || (code >= 3000 && code < 5000);
    socket.close(isSendable ? code : CLOSED.normally, reason);
  } catch {
    // It is closed already.
  }
};
