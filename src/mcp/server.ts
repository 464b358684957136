// The MCP server of one stage: its tools over its own bindings, behind the protocol's endpoint.
import { ERRORS, type ErrorCode, OpsError } from '../contract/errors.ts';
import type { Facts, Level } from '../lib/log.ts';
import { createRedactor } from '../lib/redact.ts';
import type { McpCaller } from './app.ts';
import { instructions } from './instructions.ts';
import { createEndpoint } from './protocol/endpoint.ts';
import { createRegistry } from './protocol/registry.ts';
import { type Settings, secretsOf } from './settings.ts';
import type { StageRecord } from './stage-record.ts';
import { createCursors } from './stage/cursors.ts';
import { type Stage, createStage } from './stage/stage.ts';
import type { Telemetry } from './telemetry.ts';
import { tools } from './tools/index.ts';

const SERVER_INFO = { name: 'alchemy-mcp-worker', version: '0.1.0' };
const MAX_REASON_CHARACTERS = 500;

export const createMcpServer = (
  settings: Settings,
  env: Readonly<Record<string, unknown>>,
  record: StageRecord,
  telemetry: Telemetry,
) => {
  const own = createStage({
    catalog: settings.catalog,
    env,
    cursors: createCursors(settings.jwtSecret),
    snapshot: record.snapshot,
    claim: record.claim,
  });
  const reasonOf = reasons(settings);
  const registry = createRegistry<Stage>(tools, {
    stages: { own, open: (name) => (name === own.name ? own : refuseUnknown(name, own.name)) },
    log: (facts) => telemetry.call(facts, levelOf(facts.code)),
    onFault: ({ error, ...facts }) =>
      telemetry.note('ERROR', 'tool.failed', { ...facts, ...reasonOf(error) }),
  });
  const endpoint = createEndpoint<McpCaller>({
    info: SERVER_INFO,
    instructions: instructions(own),
    ...registry,
    onError: (error) => telemetry.note('ERROR', 'mcp.failed', reasonOf(error)),
  });
  return (request: Request, caller: McpCaller): Promise<Response> =>
    endpoint.fetch(request, caller);
};

const refuseUnknown = (name: string, known: string): never => {
  throw new OpsError('UNKNOWN_STAGE', `There is no stage ${name}. Known: ${known}.`);
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
