// `bun mcp operations | approve | cancel | journal`, against a server that keeps to src/contract/admin.ts and nothing more.
import { afterAll, beforeEach, describe, expect, it } from 'bun:test';

import { CLI_ENV, mcp, mcpProcess } from '../../test/kit/cli.ts';
import { ADMIN_TOKEN } from '../../test/kit/tokens.ts';
import { approvalSchema } from '../contract/admin.ts';
import type { JournalEntry, Operation } from '../contract/operation.ts';

const ID = `prod.${'a'.repeat(32)}`;
const DIGEST = 'd'.repeat(64);
const ESCAPES = 'demo-db\u001B[2J\u202Etxt\nApproved by nobody';

const operation = (over: Partial<Operation> = {}): Operation => ({
  operationId: ID,
  kind: 'destroy',
  stage: 'prod',
  status: 'awaiting_approval',
  requester: { client: 'ci', subject: 'bob' },
  tool: 'destroy_infrastructure',
  createdAt: '2026-11-22T10:00:00.000Z',
  updatedAt: '2026-11-22T10:00:00.000Z',
  fence: 0,
  isCancelRequested: false,
  plan: {
    verb: 'destroy',
    stack: 'demo',
    stage: 'prod',
    digest: DIGEST,
    fingerprints: {},
    resources: [
      { id: 'demo-db', type: 'Cloudflare.D1Database', action: 'delete', properties: [] },
      { id: ESCAPES, type: 'Cloudflare.R2.Bucket', action: 'delete', properties: [] },
    ],
    warnings: [{ code: 'DELETED', id: 'demo-db', message: 'The database is deleted.' }],
    losses: [
      {
        id: 'demo-db',
        type: 'Cloudflare.D1Database',
        tables: 3,
        rows: 48,
        isComplete: false,
        detail: 'At least so many.',
      },
    ],
  },
  lastSeq: 0,
  ...over,
});

const entry = (seq: number): JournalEntry => ({
  seq,
  at: '2026-11-22T10:00:00.000Z',
  type: 'requested',
  stage: 'prod',
  operationId: ID,
  kind: 'destroy',
  requester: { client: 'ci\u001B[31m', subject: 'bob' },
  tool: 'destroy_infrastructure',
  argumentsHash: 'c'.repeat(64),
  digest: null,
  approver: null,
  fence: null,
  outcome: null,
  prev: '',
  hash: `hash-${seq}`,
});

let served = operation();
let isIntact = true;
let requests: { method: string; path: string; name: string | null; body: unknown }[] = [];
beforeEach(() => {
  served = operation();
  isIntact = true;
  requests = [];
});

const { plan: _plan, ...line } = operation();
const answers: Record<string, () => unknown> = {
  'GET /admin/operations': () => ({ stage: 'prod', operations: [line], nextBefore: ID }),
  [`GET /admin/operations/${ID}`]: () => served,
  [`POST /admin/operations/${ID}/approval`]: () => ({ ...served, status: 'queued' }),
  [`POST /admin/operations/${ID}/cancel`]: () => ({
    ...served,
    status: 'running',
    isCancelRequested: true,
  }),
  'GET /admin/journal/verify': () => ({
    stage: 'prod',
    isIntact,
    entries: 2,
    head: 'hash-2',
    ...(!isIntact && { problem: { seq: 2, reason: 'Its hash is another.' } }),
  }),
};

const journalPage = (after: string | null) =>
  after === null
    ? { stage: 'prod', entries: [entry(1)], nextAfter: 1 }
    : { stage: 'prod', entries: [entry(2)] };

const server = Bun.serve({
  port: 0,
  fetch: async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.headers.get('authorization') !== `Bearer ${ADMIN_TOKEN}`)
      return Response.json({ message: 'No.' }, { status: 401 });
    const text = await request.text();
    requests.push({
      method: request.method,
      path: request.url.slice(server.url.origin.length),
      name: request.headers.get('x-admin-name'),
      body: text === '' ? undefined : JSON.parse(text),
    });
    if (pathname === '/admin/journal') return Response.json(journalPage(searchParams.get('after')));
    const answer = answers[`${request.method} ${pathname}`];
    if (answer !== undefined) return Response.json(answer());
    const refusal = { code: 'UNKNOWN_OPERATION', message: 'There is no such operation.' };
    return Response.json(refusal, { status: 404 });
  },
});
afterAll(() => server.stop(true));

const env = { ...CLI_ENV, MCP_URL: server.url.origin, USER: 'ada' };
const run = (words: readonly string[], input = '', over: Record<string, string> = {}) =>
  mcp(words, { env: { ...env, ...over }, input });

describe('bun mcp operations', () => {
  it('lists them, a line each, and says how to go on', async () => {
    const { code, out, err } = await run(['operations', '--stage', 'prod', '--limit', '1']);
    expect({ code, out }).toEqual({
      code: 0,
      out: `${ID}  destroy  awaiting_approval  2026-11-22T10:00:00.000Z  ci`,
    });
    expect(err).toContain(`--before ${ID}`);
    expect(requests[0]?.path).toBe('/admin/operations?limit=1&stage=prod');
  });

  it('asks nobody about what cannot be a stage', async () => {
    const { code, err } = await run(['operations', '--stage', '../prod']);
    expect({ code, asked: requests.length }).toEqual({ code: 1, asked: 0 });
    expect(err).toContain('lower-case letters');
  });
});

describe('bun mcp approve', () => {
  it('shows who asked, what goes and what is lost, and sends the digest it showed', async () => {
    const { code, out, err } = await run(['approve', ID], 'yes\n');
    expect(code).toBe(0);
    expect(out).toContain('destroy of prod, awaiting approval');
    expect(out).toContain('bob by ci');
    expect(out).toContain('Changes: 2 delete');
    expect(out).toContain('48 rows (At least so many.)');
    expect(out).toContain(`Digest: ${DIGEST}`);
    expect(out).toContain('Approved by ada: destroy of prod, queued.');
    expect(err).toContain('Type yes');
    const [, approval] = requests;
    expect(approval).toMatchObject({ method: 'POST', name: 'ada' });
    expect(approvalSchema.parse(approval?.body)).toEqual({ digest: DIGEST });
  });

  it.each(['', 'no', 'y', 'YES please', 'yes, of course', 'Yes'])(
    'approves nothing for the answer %p',
    async (answer) => {
      const { code, err } = await run(['approve', ID], `${answer}\n`);
      expect(code).toBe(1);
      expect(err).toContain('Nothing was approved.');
      expect(requests.map(({ method }) => method)).toEqual(['GET']);
    },
  );

  it('asks no further with --yes, and takes the name of --as', async () => {
    const { code } = await run(['approve', ID, '--yes', '--as', 'eve']);
    expect(code).toBe(0);
    expect(requests.map(({ name }) => name)).toEqual(['eve', 'eve']);
  });

  it('is somebody’s: without a name it does not ask', async () => {
    for (const words of [[], ['--as', 'a b']]) {
      const { code, err } = await run(['approve', ID, '--yes', ...words], '', { USER: '' });
      expect({ code, asked: requests.length }).toEqual({ code: 1, asked: 0 });
      expect(err).toContain('--as');
    }
  });

  it('lets no text of others act on the terminal', async () => {
    const { out } = await run(['approve', ID], 'yes\n');
    for (const hidden of ['\u001B', '\u202E']) expect(out).not.toContain(hidden);
    expect(out).toContain(String.raw`demo-db\u{001B}[2J\u{202E}txt\u{000A}Approved by nobody`);
  });

  it('approves nothing that waits for no approval', async () => {
    served = operation({ status: 'running' });
    const { code, err } = await run(['approve', ID, '--yes']);
    expect({ code, err }).toEqual({ code: 1, err: 'It waits for no approval: it is running.' });
    expect(requests.map(({ method }) => method)).toEqual(['GET']);
  });

  it('says so when there is no such operation', async () => {
    const { code, err } = await run(['approve', `prod.${'b'.repeat(32)}`]);
    expect(code).toBe(1);
    expect(err).toContain('There is no such operation.');
    expect((await run(['approve', 'nonsense'])).err).toContain('bun mcp operations');
  });

  it('reads the answer from a pipe too', async () => {
    const { code, out } = await mcpProcess(['approve', ID], { env, input: 'yes\n' });
    expect(code).toBe(0);
    expect(out).toContain('Approved by ada');
  });
});

describe('bun mcp cancel', () => {
  it('stops it, and says what that means for one that runs', async () => {
    const { code, out, err } = await run(['cancel', ID]);
    expect({ code, out }).toEqual({ code: 0, out: 'destroy of prod, running' });
    expect(err).toContain('plan again');
  });
});

describe('bun mcp journal', () => {
  it('shows every page of it', async () => {
    const { code, out } = await run(['journal', '--stage', 'prod']);
    expect(code).toBe(0);
    expect(out.split('\n')).toHaveLength(2);
    expect(out).not.toContain('\u001B');
    expect(requests.map(({ path }) => path)).toEqual([
      '/admin/journal?stage=prod&limit=500',
      '/admin/journal?stage=prod&limit=500&after=1',
    ]);
  });

  it('gives it as JSON lines, to be kept', async () => {
    const { out } = await run(['journal', '--json']);
    expect(out.split('\n').map((text) => JSON.parse(text).hash)).toEqual(['hash-1', 'hash-2']);
  });

  it('says whether it is as it was written, in words and in the exit code', async () => {
    const intact = await run(['journal', '--verify']);
    expect(intact).toMatchObject({ code: 0, out: expect.stringContaining('as it was written') });
    isIntact = false;
    const changed = await run(['journal', '--verify']);
    expect(changed).toMatchObject({ code: 1, out: expect.stringContaining('at entry 2') });
    expect(JSON.parse((await run(['journal', '--verify', '--json'])).out).isIntact).toBe(false);
  });
});
