// Tools that cannot answer before the caller has given more input: revision 2026-07-28 answers with what is needed, and
// the caller calls again with it. What must survive between the calls travels sealed, with the caller.
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  inputRequired,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

import type { ToolAnswer } from '../../src/mcp/protocol/endpoint-tool.ts';
import { answer, interactiveTool, text } from './fixture-tool.ts';

type State = { readonly step: number };

/** In workerd a module may not draw random bytes before the first request. */
let codec: ReturnType<typeof createRequestStateCodec<State>> | undefined;
const sealed = () =>
  (codec ??= createRequestStateCodec<State>({ key: crypto.getRandomValues(new Uint8Array(32)) }));

export const verifyState = (state: string, mcp: ServerContext) => sealed().verify(state, mcp);

type Property = { readonly type: 'string' } | { readonly type: 'boolean' };

export const askFor = (message: string, field: string, property: Property = { type: 'string' }) =>
  inputRequired.elicit({
    message,
    requestedSchema: { type: 'object', properties: { [field]: property }, required: [field] },
  });

const sample = (question: string) =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: question } }],
    maxTokens: 50,
  });

/** A text the caller gave for `key`; undefined when it gave none, or something else. */
export const givenText = ({ mcpReq }: ServerContext, key: string, field: string) => {
  const given = acceptedContent(mcpReq.inputResponses, key)?.[field];
  return typeof given === 'string' ? given : undefined;
};

const sampling = z.object({ content: z.object({ text: z.string() }) });
const rootList = z.object({ roots: z.array(z.object({ uri: z.string() })) });

const sampledText = ({ mcpReq }: ServerContext, key: string) =>
  sampling.safeParse(mcpReq.inputResponses?.[key]).data?.content.text;
const givenRoots = ({ mcpReq }: ServerContext, key: string) =>
  rootList.safeParse(mcpReq.inputResponses?.[key]).data?.roots;

const done = async (sentence: string): Promise<ToolAnswer> => answer(text(sentence));

const confirmed = (mcp: ServerContext) =>
  acceptedContent(mcp.mcpReq.inputResponses, 'confirm') !== undefined &&
  mcp.mcpReq.requestState<State>() !== undefined;

const askToConfirm = async (mcp: ServerContext): Promise<ToolAnswer> =>
  confirmed(mcp)
    ? done('state-ok')
    : inputRequired({
        inputRequests: { confirm: askFor('Please confirm', 'ok', { type: 'boolean' }) },
        requestState: await sealed().mint({ step: 1 }),
      });

const askName = async (mcp: ServerContext): Promise<ToolAnswer> => {
  const name = givenText(mcp, 'user_name', 'name');
  if (name !== undefined) return done(`Hello, ${name}!`);
  return inputRequired({ inputRequests: { user_name: askFor('What is your name?', 'name') } });
};

const askModel = async (mcp: ServerContext): Promise<ToolAnswer> => {
  const said = sampledText(mcp, 'capital_question');
  if (said !== undefined) return done(said);
  const capital_question = sample('What is the capital of France?');
  return inputRequired({ inputRequests: { capital_question } });
};

const askRoots = async (mcp: ServerContext): Promise<ToolAnswer> => {
  const roots = givenRoots(mcp, 'client_roots');
  if (roots !== undefined) return done(roots.map(({ uri }) => uri).join(', '));
  return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
};

const askAllAtOnce = async (mcp: ServerContext): Promise<ToolAnswer> => {
  const name = givenText(mcp, 'user_name', 'name');
  const greeting = sampledText(mcp, 'greeting');
  const roots = givenRoots(mcp, 'client_roots');
  if (name !== undefined && greeting !== undefined && roots !== undefined)
    return done(`${greeting} ${name}, ${roots.length} roots`);
  return inputRequired({
    inputRequests: {
      user_name: askFor('What is your name?', 'name'),
      greeting: sample('Generate a greeting'),
      client_roots: inputRequired.listRoots(),
    },
    requestState: await sealed().mint({ step: 1 }),
  });
};

const ROUNDS = [
  { key: 'step1', field: 'name', question: 'Step 1: what is your name?' },
  { key: 'step2', field: 'color', question: 'Step 2: what is your favorite color?' },
];

const askTwice = async (mcp: ServerContext): Promise<ToolAnswer> => {
  const step = mcp.mcpReq.requestState<State>()?.step ?? 0;
  const round = ROUNDS[step];
  if (round === undefined) return done('Both rounds are over.');
  return inputRequired({
    inputRequests: { [round.key]: askFor(round.question, round.field) },
    requestState: await sealed().mint({ step: step + 1 }),
  });
};

const declared = z.object({
  [CLIENT_CAPABILITIES_META_KEY]: z.object({
    elicitation: z.unknown().optional(),
    sampling: z.unknown().optional(),
  }),
});

/** Only what the client says it can do is asked of it. */
const askWhatIsDeclared = async ({ mcpReq }: ServerContext): Promise<ToolAnswer> => {
  if (mcpReq.inputResponses !== undefined) return done('fulfilled');
  const { [CLIENT_CAPABILITIES_META_KEY]: can } = declared.parse(mcpReq.envelope);
  return inputRequired({
    inputRequests: {
      ...(can.elicitation !== undefined && { user_name: askFor('What is your name?', 'name') }),
      ...(can.sampling !== undefined && { greeting: sample('Generate a greeting') }),
    },
  });
};

export const inputTools = [
  interactiveTool('test_input_required_result_elicitation', askName),
  interactiveTool('test_input_required_result_sampling', askModel),
  interactiveTool('test_input_required_result_list_roots', askRoots),
  interactiveTool('test_input_required_result_request_state', askToConfirm),
  interactiveTool('test_input_required_result_tampered_state', askToConfirm),
  interactiveTool('test_input_required_result_multiple_inputs', askAllAtOnce),
  interactiveTool('test_input_required_result_multi_round', askTwice),
  interactiveTool('test_input_required_result_capabilities', askWhatIsDeclared),
  // Called by a client that declares no sampling: the endpoint must say so instead of asking.
  interactiveTool('test_missing_capability', askModel),
];
