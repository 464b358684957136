// The MCP server of one stage: its tools over its own bindings, behind the protocol's endpoint.
import { OpsError } from '../contract/errors.ts';
import { type Facts, log } from '../lib/log.ts';
import { createRedactor } from '../lib/redact.ts';
import type { McpCaller } from './app.ts';
import { instructions } from './instructions.ts';
import { createEndpoint } from './protocol/endpoint.ts';
import { createRegistry } from './protocol/registry.ts';
import type { Settings } from './settings.ts';
import type { StageRecord } from './stage-record.ts';
import { createCursors } from './stage/cursors.ts';
import { type Stage, createStage } from './stage/stage.ts';
import { tools } from './tools/index.ts';

const SERVER_INFO = { name: 'alchemy-mcp-worker', version: '0.1.0' };
const MAX_REASON_CHARACTERS = 500;

export const createMcpServer = (
  settings: Settings,
  env: Readonly<Record<string, unknown>>,
  record: StageRecord,
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
    log: ({ code, ...facts }) =>
      log(code === 'OK' ? 'INFO' : 'WARN', 'tool.called', { ...facts, code }),
    onFault: ({ error, ...facts }) => log('ERROR', 'tool.failed', { ...facts, ...reasonOf(error) }),
  });
  const endpoint = createEndpoint<McpCaller>({
    info: SERVER_INFO,
    instructions: instructions(own),
    ...registry,
    onError: (error) => log('ERROR', 'mcp.failed', reasonOf(error)),
  });
  return (request: Request, caller: McpCaller): Promise<Response> =>
    endpoint.fetch(request, caller);
};

const refuseUnknown = (name: string, known: string): never => {
  throw new OpsError('UNKNOWN_STAGE', `There is no stage ${name}. Known: ${known}.`);
};

/** What an operator needs of an error, and no secret: its own message and that of what caused it. */
const reasons = ({ sharedSecret, jwtSecret, runnerToken }: Settings) => {
  const redact = createRedactor([
    sharedSecret,
    jwtSecret,
    ...(runnerToken === undefined ? [] : [runnerToken]),
  ]);
  const reasonOf = (error: unknown): string =>
    error instanceof Error
      ? `${error.name}: ${redact(error.message).slice(0, MAX_REASON_CHARACTERS)}`
      : 'not an Error';
  return (error: unknown): Facts => ({
    reason: reasonOf(error),
    ...(error instanceof Error && error.cause !== undefined && { cause: reasonOf(error.cause) }),
  });
};
