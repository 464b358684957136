// The MCP server of one stage: its tools over its own bindings, behind the protocol's endpoint.
import type { StageDirectory } from '../contract/engine.ts';
import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import type { Facts, Level } from '../lib/log.ts';
import { createRedactor } from '../lib/redact.ts';
import type { McpCaller } from './app.ts';
import { createForwardToken } from './forward-token.ts';
import type { HubOperations } from './hub-operations.ts';
import { instructions } from './instructions.ts';
import { createEndpoint } from './protocol/endpoint.ts';
import { Elsewhere } from './protocol/stages.ts';
import { createToolRegistry } from './protocol/tool-registry.ts';
import { type Settings, secretsOf } from './settings.ts';
import { createForward } from './stage/forward.ts';
import type { Stage } from './stage/stage.ts';
import type { Telemetry } from './telemetry.ts';
import { tools } from './tools/index.ts';

const SERVER_INFO = { name: 'alchemy-mcp-worker', version: '0.1.0' };
const MAX_REASON_CHARACTERS = 500;

export interface ServerParts {
  readonly stage: Stage;
  /** Only at the hub. */
  readonly operations: HubOperations | undefined;
  readonly telemetry: Telemetry;
}

export const createMcpServer = (
  settings: Settings,
  { stage: own, operations, telemetry }: ServerParts,
) => {
  const forward = createForward({
    own: own.name,
    directory: operations?.directory ?? NOBODY_ELSE,
    tokenFor: createForwardToken(settings),
  });
  const reasonOf = reasons(settings);
  const registry = createToolRegistry<Stage>(tools, {
    stages: {
      own,
      isHub: operations !== undefined,
      open: async (name, visit) =>
        name === own.name ? own : new Elsewhere(await forward(name, visit)),
    },
    log: (facts) => telemetry.call(facts, levelOf(facts.code)),
    onFault: ({ error, ...facts }) =>
      telemetry.note('ERROR', 'tool.failed', { ...facts, ...reasonOf(error) }),
  });
  const endpoint = createEndpoint<McpCaller>({
    info: SERVER_INFO,
    instructions: instructions(own, operations !== undefined),
    ...registry,
    onError: (error) => telemetry.note('ERROR', 'mcp.failed', reasonOf(error)),
  });
  return (request: Request, caller: McpCaller): Promise<Response> =>
    endpoint.fetch(request, caller);
};

/** Beside the hub no server knows of other stages. */
const NOBODY_ELSE: Pick<StageDirectory, 'stage' | 'stages'> = {
  stage: async () => undefined,
  stages: async () => [],
};

const levelOf = (code: 'OK' | 'ABORTED' | ErrorCode): Level => {
  if (code === 'OK' || code === 'ABORTED') return 'INFO';
  return LEVELS[ERRORS[code].level];
};

const LEVELS = { info: 'INFO', warn: 'WARN', error: 'ERROR' } as const;

/** What an operator needs of an error, and no secret: its own message and that of what caused it. */
const reasons = (settings: Settings) => {
  const redact = createRedactor(secretsOf(settings));
  const reasonOf = (error: unknown): string =>
    error instanceof Error
      ? `${error.name}: ${redact(error.message).slice(0, MAX_REASON_CHARACTERS)}`
      : 'not an Error';
  return (error: unknown): Facts => ({
    reason: reasonOf(error),
    ...(error instanceof Error && error.cause !== undefined && { cause: reasonOf(error.cause) }),
  });
};
