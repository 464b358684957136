// A tool as the endpoint sees it: what the SDK needs to list and call it, and nothing about scopes or stages. Both layers
// of the endpoint run it through `runGuarded`, so neither an exception nor a wrong result reaches a caller as text.
import type {
  CallToolResult,
  InputRequiredResult,
  ServerContext,
  StandardSchemaWithJSON,
  ToolAnnotations,
} from '@modelcontextprotocol/server';

import { randomId } from '../../lib/ids.ts';
import { internalRefusal } from './refusal.ts';

export interface EndpointCall<Caller> {
  readonly caller: Caller;
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
  /** Only when the SDK serves the call: for progress and input_required. */
  readonly mcp?: ServerContext;
}

export type ToolAnswer = CallToolResult | InputRequiredResult;

export interface EndpointTool<
  Caller,
  Input extends StandardSchemaWithJSON = StandardSchemaWithJSON,
> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
  readonly input: Input;
  readonly output: StandardSchemaWithJSON;
  /** May answer input_required: every call needs the SDK's request context, so the fast path never serves it. */
  readonly interactive?: boolean;
  /** Callable but in no list: the caller may not use it, and is told why instead of "not found". */
  readonly hidden?: boolean;
  run(
    args: StandardSchemaWithJSON.InferOutput<Input>,
    call: EndpointCall<Caller>,
  ): Promise<ToolAnswer>;
}

export type OnError = (error: Error) => void;

export async function runGuarded<Caller>(
  tool: EndpointTool<Caller>,
  args: unknown,
  call: EndpointCall<Caller>,
  onError: OnError,
): Promise<ToolAnswer> {
  try {
    const answer = await tool.run(args, call);
    if (isInputRequired(answer)) {
      if (tool.interactive === true) return answer;
      throw new Error('A tool that is not interactive asked for input.');
    }
    if (answer.isError === true) return answer;
    const checked = await tool.output['~standard'].validate(answer.structuredContent);
    if (checked.issues === undefined) return answer;
    throw new Error('The result does not match the output schema.', { cause: checked.issues });
  } catch (error) {
    const errorId = randomId();
    onError(new Error(`${tool.name} failed (${errorId})`, { cause: error }));
    return internalRefusal(tool.name, errorId);
  }
}

const isInputRequired = (answer: ToolAnswer): answer is InputRequiredResult =>
  'resultType' in answer && answer.resultType === 'input_required';
