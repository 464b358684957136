// Which era a request belongs to, in the SDK's own judgement: both layers and the choice between them must agree on it.
// Its judgement costs more than most calls do, and a client's requests differ in nothing it looks at; so it is remembered.
import {
  classifyInboundRequest,
  type InboundClassificationOutcome,
} from '@modelcontextprotocol/server';

import { isRecord } from '../../lib/json.ts';

export type Outcome = InboundClassificationOutcome;

type Classify = (headers: Headers, body: unknown) => Outcome;

const MAX_REMEMBERED = 512;
/** Of what a judgement is remembered by: an honest envelope is a few hundred characters. */
const MAX_KEY_CHARACTERS = 1_024;

export function createClassify(): Classify {
  const remembered = new Map<string, Outcome>();
  return (headers, body) => {
    const given = {
      version: headers.get('mcp-protocol-version'),
      method: headers.get('mcp-method'),
      name: headers.get('mcp-name'),
    };
    if (!isPlainRequest(body)) return judge(given, body);
    const key = JSON.stringify([
      given,
      body.method,
      body.params === undefined,
      body.params?.['_meta'],
    ]);
    const known = remembered.get(key);
    if (known !== undefined) return about(known, body);
    const outcome = judge(given, body);
    if (outcome.kind !== 'modern' && outcome.kind !== 'legacy') return outcome;
    if (key.length > MAX_KEY_CHARACTERS) return outcome;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(key, outcome);
    return outcome;
  };
}

interface Given {
  readonly version: string | null;
  readonly method: string | null;
  readonly name: string | null;
}

const judge = ({ version, method, name }: Given, body: unknown): Outcome =>
  classifyInboundRequest({
    httpMethod: 'POST',
    ...(version !== null && { protocolVersionHeader: version }),
    ...(method !== null && { mcpMethodHeader: method }),
    ...(name !== null && { mcpNameHeader: name }),
    body,
  });

interface PlainRequest {
  readonly jsonrpc: '2.0';
  readonly id: string | number;
  readonly method: string;
  readonly params?: Record<string, unknown>;
}

const KEYS: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params']);

/**
 * A request of which the SDK looks at the headers, the method and `_meta` alone. It asks nothing more of the id, and of
 * the other params only when the method is `initialize`.
 */
function isPlainRequest(body: unknown): body is PlainRequest {
  if (!isRecord(body) || body['jsonrpc'] !== '2.0') return false;
  if (typeof body['method'] !== 'string' || body['method'] === 'initialize') return false;
  if (typeof body['id'] !== 'string' && !Number.isSafeInteger(body['id'])) return false;
  if (!isPlainParams(body['params'])) return false;
  return Object.keys(body).every((key) => KEYS.has(key));
}

const isPlainParams = (params: unknown): boolean =>
  params === undefined ||
  (isRecord(params) && (params['_meta'] === undefined || isRecord(params['_meta'])));

/** The same judgement of another message. */
const about = (outcome: Outcome, message: PlainRequest): Outcome =>
  outcome.kind === 'modern' && outcome.messageKind === 'request'
    ? { ...outcome, message }
    : outcome;
