// Does a running server check tokens of a key already? A token of it is sent, and of the answer only this counts: who is in
// the rollout or over a limit has been recognised before.
import type { TokenKey } from '../../contract/key-ring.ts';
import type { TokenPolicy } from '../../contract/token.ts';
import { CliProblem, type World } from '../command.ts';
import { askMcp, createAskServer } from '../doctor/ask-server.ts';
import { testerTokenBy } from '../tester-token.ts';

const TESTER = { client: 'mcp-secrets', scopes: ['infra:read'], lifetimeS: 60 } as const;
const UNRECOGNISED: ReadonlySet<string | undefined> = new Set([
  'AUTH_NOT_CONFIGURED',
  'TOO_MANY_FAILURES',
]);

export const serverKnows = async (
  server: URL,
  key: TokenKey,
  policy: TokenPolicy,
  world: World,
): Promise<boolean> => {
  const token = await testerTokenBy({ key, policy }, TESTER, world);
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await askMcp(createAskServer(server, world.now), 'ping', {}, headers);
  if (answer === undefined)
    throw new CliProblem(
      `No server answers at ${server.origin}. Is it running, and is --url right?`,
    );
  const { status, code } = answer;
  if (status === 401) return false;
  if (UNRECOGNISED.has(code) || (status !== 200 && code === undefined))
    throw new CliProblem(
      `${server.origin} does not say whether it knows a key: HTTP ${status}${code === undefined ? '' : ` (${code})`}. Ask \`bun mcp doctor\`.`,
    );
  return true;
};
