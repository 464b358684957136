// Many callers at once, as assistants are: lists and calls that read, in both eras of the protocol, each caller under a name
// of its own. An answer counts only if it is the right one.
import { isRecord } from '../../src/lib/json.ts';
import { token } from './tokens.ts';

const MODERN = '2026-07-28';
const SCOPE = 'infra:read db:query storage:read cache:read';

export interface Load {
  readonly endpoint: URL;
  readonly jwtSecret: string;
  readonly callers: number;
  /**
   * From one request of a caller to its next, at least; each has a limit of calls a minute. Each request then has a
   * connection of its own: workerd ends one that is idle for five seconds, at times just when it is used again.
   */
  readonly paceMs?: number;
  /** Asked before each request: is another to be sent? */
  readonly goesOn: (sent: number) => boolean;
}

export interface LoadReport {
  readonly sent: number;
  /** What went wrong, a line each. */
  readonly errors: readonly string[];
}

interface Question {
  readonly method: string;
  readonly params?: Record<string, unknown>;
  /** Stands in every right answer. */
  readonly answer: string;
}

const call = (name: string, args: Record<string, unknown>, answer: string): Question => ({
  method: 'tools/call',
  params: { name, arguments: args },
  answer,
});

const QUESTIONS: readonly Question[] = [
  { method: 'tools/list', answer: '"query_database"' },
  call(
    'query_database',
    { query: 'SELECT name FROM users WHERE id = ?', params: ['user-123'] },
    'Ada',
  ),
  call('list_bucket_objects', { prefix: 'uploads/', limit: 3 }, 'uploads/'),
  call('get_cache_stats', {}, 'demo-cache'),
];

export const runLoad = async ({
  endpoint,
  jwtSecret,
  callers,
  paceMs = 0,
  goesOn,
}: Load): Promise<LoadReport> => {
  const errors: string[] = [];
  let sent = 0;
  const caller = async (number: number) => {
    const bearer = token({ client_id: `load-${number}`, scope: SCOPE }, jwtSecret);
    while (goesOn(sent)) {
      const id = (sent += 1);
      const [problem] = await Promise.all([
        problemOf(endpoint, bearer, id, paceMs === 0),
        Bun.sleep(paceMs),
      ]);
      if (problem !== undefined) errors.push(`request ${id}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, number) => caller(number)));
  return { sent, errors };
};

const problemOf = async (
  endpoint: URL,
  bearer: string,
  id: number,
  keepalive: boolean,
): Promise<string | undefined> => {
  const question = QUESTIONS[id % QUESTIONS.length] ?? QUESTIONS[0];
  // Each question in the one era, then in the other.
  const isModern = Math.floor(id / QUESTIONS.length) % 2 === 0;
  if (question === undefined) return 'no question';
  try {
    const response = await fetch(endpoint, {
      ...requestOf(question, isModern, bearer, id),
      keepalive,
    });
    const text = await response.text();
    if (response.status !== 200) return `${response.status} ${text.slice(0, 200)}`;
    const answer: unknown = JSON.parse(text);
    const isRight = isRecord(answer) && answer['id'] === id && isRecord(answer['result']);
    return isRight && text.includes(question.answer) && !text.includes('"isError":true')
      ? undefined
      : text.slice(0, 200);
  } catch (error) {
    return String(error);
  }
};

const requestOf = (
  { method, params = {} }: Question,
  isModern: boolean,
  bearer: string,
  id: number,
): RequestInit => {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${bearer}` };
  const message = { jsonrpc: '2.0', id, method };
  if (!isModern) return { method: 'POST', headers, body: JSON.stringify({ ...message, params }) };
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientInfo': { name: 'load', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const name = typeof params['name'] === 'string' ? { 'Mcp-Name': params['name'] } : {};
  return {
    method: 'POST',
    headers: { ...headers, 'MCP-Protocol-Version': MODERN, 'Mcp-Method': method, ...name },
    body: JSON.stringify({ ...message, params: { ...params, _meta } }),
  };
};
