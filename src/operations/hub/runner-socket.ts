// What the hub knows of a connection. It hangs on the socket itself, so that the hub may sleep between two messages.
import { z } from 'zod';

import { RUN_PREFIX } from '../../contract/github.ts';
import type { HubMessage, RunnerRequest } from '../../contract/runner-protocol.ts';
import { type Result, err, ok } from '../../lib/result.ts';
import type { Runner } from './relay.ts';

const attachedSchema = z.object({
  /** Of a run of GitHub: its name, from before it says anything. */
  run: z.string().optional(),
  runner: z
    .object({ runnerId: z.string(), label: z.string(), only: z.string().optional() })
    .optional(),
});

type Attached = z.output<typeof attachedSchema>;
type Hello = Extract<RunnerRequest, { ask: 'hello' }>;

const attachedTo = (socket: WebSocket): Attached =>
  attachedSchema.safeParse(socket.deserializeAttachment()).data ?? {};

export const attachRun = (socket: WebSocket, run: string | null): void =>
  socket.serializeAttachment({ run: run ?? undefined } satisfies Attached);

export const attachRunner = (socket: WebSocket, runner: Runner): void =>
  socket.serializeAttachment({ ...attachedTo(socket), runner } satisfies Attached);

export const runOf = (socket: WebSocket): string | undefined => attachedTo(socket).run;

/** Who it said it is; undefined before it has said hello. */
export const runnerOf = (socket: WebSocket): Runner | undefined => attachedTo(socket).runner;

/** Who says hello: by its own word, or, of a run of GitHub, by the identity it came with. Else what is wrong. */
export const greeted = (
  run: string | undefined,
  { runnerId, label, operationId }: Hello,
): Result<Runner, string> => {
  if (run === undefined)
    return label.startsWith(RUN_PREFIX)
      ? err(`Only a run of GitHub is called ${RUN_PREFIX}…`)
      : ok({ runnerId, label });
  if (operationId === undefined) return err('A run of GitHub says which operation it is for.');
  // No other runner can take over what this one has, nor this one what another has.
  return ok({ runnerId: `${run}/${runnerId}`, label: run, only: operationId });
};

/** Whether a runner is to hear what the hub calls out. */
export const isFor = ({ only }: Runner, call: Extract<HubMessage, { stage: string }>): boolean => {
  if (only === undefined) return true;
  return call.type === 'cancel' ? call.operationId === only : only.startsWith(`${call.stage}.`);
};
