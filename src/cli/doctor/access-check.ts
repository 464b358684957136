// Does the server take the credentials of this machine? What is weak or missing here is not sent: an address that
// fails too often is shut out.
import { secretProblem } from '../../contract/secret.ts';
import { CliProblem, type World } from '../command.ts';
import { testerToken } from '../tester-token.ts';
import { type Answer, type AskServer, askMcp } from './ask-server.ts';
import { type Finding, bad, good, notable } from './finding.ts';

const DOCTOR = 'mcp-doctor';
const TESTER = { client: DOCTOR, scopes: ['infra:read'], lifetimeS: 60 } as const;
const REVISION = '2025-11-25';

type Headers = Readonly<Record<string, string>>;

export interface Access {
  readonly findings: readonly Finding[];
  /** The credentials the server took, the token first: it is let in at any percentage. */
  readonly taken: readonly Headers[];
  readonly answers: readonly Answer[];
}

/** `shared-secret` and the doctor's own client. */
export const checkAccess = async (ask: AskServer, world: World): Promise<Access> => {
  const secret = await withSharedSecret(ask, world);
  const token = await withToken(ask, world);
  const tried = [token, secret].filter((it) => it !== undefined);
  return {
    findings: [secret, token].flatMap((it) => it?.finding ?? []),
    taken: tried.flatMap(({ answer, credential }) => (isTaken(answer) ? [credential] : [])),
    answers: [secret, token].flatMap((it) => it?.answer ?? []),
  };
};

interface Tried {
  readonly finding: Finding;
  readonly credential: Headers;
  readonly answer: Answer | undefined;
}

const withSharedSecret = async (ask: AskServer, { env }: World): Promise<Tried | undefined> => {
  const secret = env['MCP_SHARED_SECRET'];
  if (secret === undefined || secretProblem('', secret) !== undefined) return undefined;
  const credential = { 'X-MCP-Secret': secret };
  const answer = await initialize(ask, credential);
  const remedy = 'it has another MCP_SHARED_SECRET than this machine. Set the same, and deploy.';
  return { finding: verdict('the shared secret', answer, remedy), credential, answer };
};

const withToken = async (ask: AskServer, world: World): Promise<Tried | undefined> => {
  const token = await mint(world);
  if (token === undefined) return undefined;
  const credential = { Authorization: `Bearer ${token}` };
  const answer = await initialize(ask, credential);
  const remedy =
    'MCP_JWT_SECRET, MCP_JWT_SECRETS, MCP_JWT_ISSUER or MCP_JWT_AUDIENCE are others than on this machine, or the clocks differ. Set the same on both; the log of the server has the reason (auth.refused).';
  return { finding: verdict('a token made here', answer, remedy), credential, answer };
};

/** Good for a minute, and for looking only. Undefined where this machine's settings make none. */
const mint = async (world: World): Promise<string | undefined> => {
  try {
    return await testerToken(TESTER, world);
  } catch (error) {
    if (error instanceof CliProblem) return undefined;
    throw error;
  }
};

const initialize = (ask: AskServer, credential: Headers) =>
  askMcp(
    ask,
    'initialize',
    {
      protocolVersion: REVISION,
      capabilities: {},
      clientInfo: { name: DOCTOR, version: '1' },
    },
    credential,
  );

const isTaken = (answer: Answer | undefined): boolean => answer?.status === 200;

/** Authentication comes before rollout and count: who hears of those has been recognised. */
const verdict = (what: string, answer: Answer | undefined, remedy: string): Finding => {
  const wait = answer?.headers.get('retry-after') ?? 'some';
  if (answer === undefined) return bad(`The server did not answer to ${what}. Try again.`);
  if (answer.status === 200) return good(`The server takes ${what}.`);
  if (answer.status === 401) return bad(`The server refuses ${what}: ${remedy}`);
  if (answer.code === 'NOT_IN_ROLLOUT')
    return notable(
      `The server takes ${what}, but its client is outside the rollout. To raise it: bun mcp rollout set PERCENT.`,
    );
  if (answer.code === 'TOO_MANY_FAILURES')
    return bad(
      `Too many logins from this address have failed, so ${what} was not even looked at. Find what sends wrong credentials, and wait ${wait} seconds.`,
    );
  if (answer.code === 'RATE_LIMITED')
    return notable(`The limit of ${what} is used up. Wait ${wait} seconds, or raise it.`);
  const code = answer.code === undefined ? '' : ` (${answer.code})`;
  return bad(
    `The server answers to ${what} with HTTP ${answer.status}${code}. docs/troubleshooting.md has a table of status codes.`,
  );
};
