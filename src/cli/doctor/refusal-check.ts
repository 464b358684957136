// Is whoever has no credential refused, and told where to learn more?
import { type Answer, type AskServer, askMcp } from './ask-server.ts';
import { type Finding, bad, good, notable } from './finding.ts';

const CHALLENGE = /^Bearer .*resource_metadata="([^"]+)"/;

/** One wrong request, on purpose; none where a right one has been refused already, and has shown the same. */
export const checkRefusal = async (
  ask: AskServer,
  answers: readonly Answer[],
): Promise<Finding> => {
  const refused =
    answers.find(({ status }) => status === 401) ?? (await askMcp(ask, 'ping', {}, {}));
  if (refused === undefined) return bad('The server did not answer to a wrong request. Try again.');
  if (refused.code === 'TOO_MANY_FAILURES')
    return notable('This address is shut out for failed logins, so the 401 was not looked at.');
  if (refused.status !== 401)
    return bad(
      `Without credentials the server answers ${refused.status}, and not 401. Check what stands in front of it.`,
    );
  return CHALLENGE.test(refused.headers.get('www-authenticate') ?? '')
    ? good('Without credentials the server answers 401, and says where to learn more.')
    : bad(
        'A 401 of the server has no WWW-Authenticate with resource_metadata. Check what stands in front of it and drops headers.',
      );
};
