// Is anybody counting, and by which limit?
import type { Answer } from './ask-server.ts';
import { type Finding, bad, good, notable } from './finding.ts';

/** Calls a minute, by ENVIRONMENT. A test compares them with the server's own. */
export const USUAL_LIMITS: Readonly<Record<string, number>> = {
  production: 100,
  staging: 500,
  development: 1_000,
};

/** `answers` of requests that were let in. */
export const checkLimits = (
  answers: readonly Answer[],
  environment: string,
): Finding | undefined => {
  const answer = answers.find(({ status }) => status === 200);
  if (answer === undefined) return undefined;
  const text = answer.headers.get('x-ratelimit-limit');
  if (text === null || !/^\d+$/.test(text))
    return bad(
      'Answers carry no X-RateLimit-Limit, so calls may not be counted. Check what stands in front of the server and drops headers.',
    );
  if (answer.headers.get('x-ratelimit-status') === 'unavailable')
    return bad(
      'The limiter does not answer: nothing is counted, revoked tokens still read, and calls with an effect are refused. See CLIENT_LIMITER in the Cloudflare dashboard.',
    );
  const usual = USUAL_LIMITS[environment];
  return Number(text) === usual
    ? good(`Calls are counted; the limit is ${text} a minute, as usual in ${environment}.`)
    : notable(
        `Calls are counted; this client's limit is ${text} a minute, an override (usual in ${environment}: ${usual ?? 'unknown'}). To take it back: bun mcp limit shared-secret default.`,
      );
};
