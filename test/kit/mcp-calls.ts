// Calls of the MCP endpoint as an assistant makes them, and what comes back, checked for its form on the way.
import { expect } from 'bun:test';

import { z, type ZodObject } from 'zod';

import type { Cloud } from './cloud.ts';
import { bearer, withSecret } from './tokens.ts';

type Headers = Readonly<Record<string, string>>;

const rpcMessage = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.number(), z.string(), z.null()]),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z
    .object({ code: z.number(), message: z.string(), data: z.unknown().optional() })
    .optional(),
});

const toolResult = z.object({
  isError: z.boolean().optional(),
  content: z.tuple([z.object({ type: z.literal('text'), text: z.string() })]),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
});

const refusalText = z.object({
  error: z.strictObject({ code: z.string(), message: z.string(), next: z.string() }),
});

export type ToolResult = z.output<typeof toolResult>;
export type Refusal = z.output<typeof refusalText>['error'];

/** Anything that has a name and says what it answers: a tool. */
interface Answering<O extends ZodObject> {
  readonly name: string;
  readonly output: O;
}

export const post = (cloud: Cloud, body: unknown, headers: Headers = withSecret) =>
  cloud.fetch('/mcp', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** One JSON-RPC request, answered with HTTP 200. */
export const rpc = async (
  cloud: Cloud,
  method: string,
  params?: Record<string, unknown>,
  headers: Headers = withSecret,
) => {
  const message = { jsonrpc: '2.0', id: 1, method, ...(params && { params }) };
  const response = await post(cloud, message, headers);
  expect(response.status).toBe(200);
  return rpcMessage.parse(await response.json());
};

export const toolAnswer = (result: unknown): ToolResult => toolResult.parse(result);

export const callTool = async (
  cloud: Cloud,
  name: string,
  args: Record<string, unknown> = {},
  headers: Headers = withSecret,
): Promise<ToolResult> => {
  const { result } = await rpc(cloud, 'tools/call', { name, arguments: args }, headers);
  return toolAnswer(result);
};

/** What a tool answered, checked against its own output schema and against the same facts in its text. */
export const ask = async <O extends ZodObject>(
  cloud: Cloud,
  tool: Answering<O>,
  args: Record<string, unknown> = {},
  headers: Headers = withSecret,
): Promise<z.output<O>> => answerOf(tool, await callTool(cloud, tool.name, args, headers));

export const answerOf = <O extends ZodObject>(
  tool: Answering<O>,
  result: ToolResult,
): z.output<O> => {
  expect(result.isError ?? false, result.content[0].text).toBe(false);
  expect(JSON.parse(fenced(result))).toEqual(result.structuredContent);
  return tool.output.parse(result.structuredContent);
};

/** The data inside the fence of a result's text; fails when there is no fence or text follows it. */
export const fenced = ({ content: [{ text }] }: ToolResult): string => {
  const match = /^.*\n<(untrusted-data-[\w-]+)>\n(.*)\n<\/\1>$/s.exec(text);
  if (match?.[2] === undefined) throw new Error(`No fence around: ${text}`);
  return match[2];
};

/** How a tool said no: the only form there is, and always with what to do next. */
export const refusal = async (
  cloud: Cloud,
  name: string,
  args: Record<string, unknown> = {},
  headers: Headers = withSecret,
): Promise<Refusal> => refusalOf(await callTool(cloud, name, args, headers));

const refusalOf = (result: ToolResult): Refusal => {
  expect(result.isError, result.content[0].text).toBe(true);
  expect(result.structuredContent).toBeUndefined();
  const { error } = refusalText.parse(JSON.parse(result.content[0].text));
  expect(error.next).not.toBe('');
  return error;
};

/** Who may run the application's code, by a token. */
export const asClient = (client: string): Headers =>
  bearer({ client_id: client, scope: 'infra:read db:query storage:read cache:read' });
