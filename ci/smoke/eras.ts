// The protocol in both its eras, as clients begin: the 2025 revisions shake hands, 2026-07-28 asks what there is.
import { z } from 'zod';

import { type Answer, type AskServer, askMcp } from '../../src/cli/doctor/ask-server.ts';
import { type Finding, bad, good } from '../../src/cli/doctor/finding.ts';

const OLD = '2025-11-25';
const NEW = '2026-07-28';
const CLIENT = { name: 'mcp-smoke', version: '1' };

type Headers = Readonly<Record<string, string>>;

const schemaSchema = z.object({
  examples: z.array(z.string()).optional(),
  description: z.string().optional(),
});

const toolSchema = z.object({
  name: z.string(),
  annotations: z.object({ readOnlyHint: z.boolean().optional() }).optional(),
  inputSchema: z.object({
    properties: z.record(z.string(), schemaSchema).default({}),
    required: z.array(z.string()).default([]),
  }),
});

export type ListedTool = z.output<typeof toolSchema>;

const listed = z.object({ result: z.object({ tools: z.array(toolSchema).min(1) }) });
const initialized = z.object({ result: z.object({ protocolVersion: z.string() }) });
const discovered = z.object({ result: z.object({ supportedVersions: z.array(z.string()) }) });

export interface Era {
  readonly findings: readonly Finding[];
  readonly tools: readonly ListedTool[];
}

/** Undefined where the credential is refused: who goes on would be shut out, and could then undo nothing either. */
export const oldEra = async (ask: AskServer, credential: Headers): Promise<Era | undefined> => {
  const params = { protocolVersion: OLD, capabilities: {}, clientInfo: CLIENT };
  const hello = await askMcp(ask, 'initialize', params, credential);
  if (hello?.status === 401) return undefined;
  const version = initialized.safeParse(hello?.json).data?.result.protocolVersion;
  return era(
    OLD,
    version === OLD ? undefined : `initialize ${outcome(hello)}`,
    await askMcp(ask, 'tools/list', {}, credential),
  );
};

export const newEra = async (ask: AskServer, credential: Headers): Promise<Era> => {
  const hello = await askNew(ask, 'server/discover', credential);
  const versions = discovered.safeParse(hello?.json).data?.result.supportedVersions ?? [];
  return era(
    NEW,
    versions.includes(NEW) ? undefined : `server/discover ${outcome(hello)}`,
    await askNew(ask, 'tools/list', credential),
  );
};

const era = (revision: string, problem: string | undefined, answer: Answer | undefined): Era => {
  const tools = listed.safeParse(answer?.json).data?.result.tools ?? [];
  if (problem !== undefined) return { findings: [bad(`Revision ${revision}: ${problem}.`)], tools };
  if (tools.length === 0)
    return { findings: [bad(`Revision ${revision}: tools/list ${outcome(answer)}.`)], tools };
  return { findings: [good(`Revision ${revision}: ${tools.length} tools.`)], tools };
};

const askNew = (ask: AskServer, method: string, credential: Headers) =>
  ask('/mcp', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Mcp-Protocol-Version': NEW,
      'Mcp-Method': method,
      ...credential,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': NEW,
          'io.modelcontextprotocol/clientInfo': CLIENT,
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  });

const outcome = (answer: Answer | undefined): string =>
  answer === undefined
    ? 'was not answered'
    : `was answered otherwise than it should be (HTTP ${answer.status})`;
