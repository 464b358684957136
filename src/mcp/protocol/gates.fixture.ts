// Every gate of the fast path, as what stands in its source and what is left when the gate is gone.
export type GateFile = 'fast-path' | 'classify' | 'tool-catalog';

export interface Edit {
  readonly file: GateFile;
  readonly standing: string;
  readonly gone: string;
}

const inFile =
  (file: GateFile) =>
  (standing: string, gone = ''): Edit => ({ file, standing, gone });

const fast = inFile('fast-path');
const classify = inFile('classify');
const catalog = inFile('tool-catalog');

const KEY = '[era, method, version, from.grant]';
const NOT_LEGACY = "outcome.kind !== 'legacy' || ";
const NO_CLAIM = "outcome.reason !== 'no-claim' || ";
const MESSAGE = '!isMessage(body)';
const META = "!isRecord(_meta) || _meta['progressToken'] !== undefined";
const NO_RESULT = " || message['result'] === undefined";
const ONLY_MODERN = " && era === 'modern')";
const JUDGED = "if (outcome.kind !== 'modern' && outcome.kind !== 'legacy') return outcome;";

/** What the fast path looks at → the source without it. */
export const GATES: Readonly<Record<string, readonly Edit[]>> = {
  // Of a call.
  'the tool a header names': [fast("from.request.headers.get('mcp-name') !== call.name", 'false')],
  'whether a tool needs the SDK': [fast(' || !prepared.simple')],
  'whether a tool asks back': [catalog('tool.interactive !== true &&')],
  'whether headers repeat arguments': [catalog('!mirrorsHeaders(input) &&')],
  'whether a result is an object': [catalog('isObjectSchema(output);', 'true;')],
  'what the schema says of arguments': [
    fast(
      'if (input.issues !== undefined) return undefined;',
      'if (input.issues) return reply(message.id, "{}");',
    ),
  ],
  'params that are missing': [
    fast(
      'if (params === undefined) return undefined;',
      'if (params === undefined) return { name: "raw", args: {} };',
    ),
  ],
  'arguments that are no object': [fast(' || !isRecord(args)')],
  'the state of another round': [fast(' || requestState !== undefined')],
  'a task': [fast(' || task !== undefined')],
  'a progress token': [fast(META, '!isRecord(_meta)')],

  // Of the message and its era.
  'the version a header names': [fast(' && version === MODERN_VERSION')],
  'the method a header names': [
    fast("request.headers.get('mcp-method') === message.method", 'true'),
  ],
  'whether an older version is known': [
    fast('version === null || LEGACY_VERSIONS.includes(version)', 'true'),
  ],
  'whether it is a message of the older era': [
    fast(`${NOT_LEGACY}${MESSAGE}`, 'false'),
    fast(NO_CLAIM),
  ],
  'params of an initialize': [fast('if (!isInitializeRequest(body)) return undefined;')],
  'params beside _meta': [fast(' && hasOnlyMeta(params)')],

  // Of an answer that is remembered.
  'the era of an answer': [fast(KEY, '[method, version, from.grant]')],
  'the method of an answer': [fast(KEY, '[era, version, from.grant]')],
  'the version of an answer': [fast(KEY, '[era, method, from.grant]')],
  'the grant of an answer': [fast(KEY, '[era, method, version]')],
  'whether an answer is plain JSON': [fast('if (!isPlainJson(response)) return response;')],
  'whether an answer has a result': [fast(NO_RESULT), fast(ONLY_MODERN, ')')],

  // Of a judgement that is remembered.
  'whether it is JSON-RPC 2.0': [classify(" || body['jsonrpc'] !== '2.0'")],
  'whether its id may be one': [
    classify(
      "if (typeof body['id'] !== 'string' && !Number.isSafeInteger(body['id'])) return false;",
    ),
  ],
  'whether its params may be some': [classify("if (!isPlainParams(body['params'])) return false;")],
  'whether its _meta is an object': [
    classify(" && (params['_meta'] === undefined || isRecord(params['_meta']))"),
  ],
  'whether it has other keys': [
    classify('return Object.keys(body).every((key) => KEYS.has(key));', 'return true;'),
  ],
  'the headers of a judgement': [classify('      given,\n', '      {},\n')],
  'the _meta of a judgement': [classify("      body.params?.['_meta'],\n", '')],
  'which message a judgement is of': [classify('{ ...outcome, message }', 'outcome')],
};

/** Gates that may go alone, each with why nobody notices. */
export const DOUBLED: Readonly<Record<string, readonly Edit[]>> = {
  'the kind of the older era: no other kind has a reason': [fast(NOT_LEGACY)],
  'the reason of the older era: what is no request is no message': [fast(NO_CLAIM)],
  'responses of another round: only a tool that asks back reads them': [
    fast('inputResponses !== undefined || '),
  ],
  'a log level: no tool logs to its caller': [
    fast('if (_meta[LOG_LEVEL_META_KEY] !== undefined) return undefined;'),
  ],
  'discovery in the older era: it has no result to remember': [fast(ONLY_MODERN, ')')],
  'the result of an answer: all that are remembered have one': [fast(NO_RESULT)],
  '_meta that is no object: the SDK judges no such message to be of an era': [
    fast('!isRecord(_meta) || '),
  ],
  'an initialize: the version in its judgement is read from the message': [
    classify(" || body['method'] === 'initialize'"),
  ],
  'the method of a judgement: whoever serves it looks again': [
    classify('      body.method,\n', ''),
  ],
  'a refusal that is remembered: the fast path serves none': [classify(JUDGED)],
};
