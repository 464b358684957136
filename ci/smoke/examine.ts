// Is a deployed server fit to serve? Asked from outside, as its clients ask, and never of its data: what `bun mcp doctor`
// looks at, and then every tool that only reads.
import type { World } from '../../src/cli/command.ts';
import { checkAccess } from '../../src/cli/doctor/access-check.ts';
import { checkAdmin } from '../../src/cli/doctor/admin-check.ts';
import { type AskServer, createAskServer } from '../../src/cli/doctor/ask-server.ts';
import { bad, good, notable } from '../../src/cli/doctor/finding.ts';
import { checkHealth } from '../../src/cli/doctor/health-check.ts';
import { checkLimits } from '../../src/cli/doctor/limit-check.ts';
import { checkMetadata } from '../../src/cli/doctor/metadata-check.ts';
import { checkRefusal } from '../../src/cli/doctor/refusal-check.ts';
import { checkResources } from '../../src/cli/doctor/resource-check.ts';
import { testerToken } from '../../src/cli/tester-token.ts';
import type { Scope } from '../../src/contract/scopes.ts';
import { type CallTool, createCallTool } from './call.ts';
import { type Check, check } from './check.ts';
import { type ListedTool, newEra, oldEra } from './eras.ts';
import { checkPlan } from './plan.ts';
import { checkReads, checkWrites } from './reads.ts';

export interface Examination {
  /** `serving` leaves out what a step of a canary cannot have changed, and what costs a failed login. */
  readonly what: 'everything' | 'serving';
  /** What the server must be of; else any. */
  readonly stage?: string | undefined;
  readonly withPlan?: boolean;
}

type Examiner = Pick<World, 'env' | 'now' | 'drawId'> & {
  readonly pause: (ms: number) => Promise<void>;
};

const SCOPES: readonly Scope[] = [
  'infra:read',
  'infra:plan',
  'db:query',
  'storage:read',
  'cache:read',
];
const LIFETIME_S = 600;
/** A call that starts an operation waits for it up to half a minute. */
const OPERATION_MS = 60_000;
const REFUSED =
  'The server refuses a token made here: MCP_JWT_SECRET, MCP_JWT_SECRETS, MCP_JWT_ISSUER or MCP_JWT_AUDIENCE are others than its own, or the clocks differ. Nothing further was asked.';
/** Nothing of ours is at it. */
const NOWHERE = '/smoke-test-of-a-path-that-is-not-there';

export const examine = async (
  server: URL,
  examination: Examination,
  world: World & Examiner,
): Promise<readonly Check[]> => {
  const ask = createAskServer(server, world.now);
  const { findings, environment, stage } = await checkHealth(ask, server, world);
  const first = [check('health', ...findings, stageCheck(stage, examination.stage))];
  if (environment === undefined)
    return [...first, check('the rest', notable('Not looked at; no secret was sent.'))];
  const credential = await credentialOf(world);
  const old = await oldEra(ask, credential);
  if (old === undefined) return [...first, check('access', bad(REFUSED))];
  const call = createCallTool(ask, credential);
  const resources = check('resources', ...(await checkResources(ask, credential)));
  const protocol = check('protocol', ...old.findings);
  if (examination.what === 'serving') return [...first, protocol, resources];
  const modern = check('protocol', ...(await newEra(ask, credential)).findings);
  return [
    ...first,
    ...(await doors(ask, server, environment, world)),
    protocol,
    modern,
    resources,
    ...(await toolChecks(old.tools, call)),
    ...(examination.withPlan === true
      ? [await planCheck({ server, stage, credential, tools: old.tools }, world)]
      : []),
  ];
};

/** Each run is a client of its own: several in a minute do not use up one client's limit. */
const credentialOf = async (world: Examiner) => {
  const client = `mcp-smoke-${world.drawId().slice(0, 8)}`;
  const token = await testerToken({ client, scopes: SCOPES, lifetimeS: LIFETIME_S }, world);
  return { Authorization: `Bearer ${token}` };
};

const stageCheck = (found: string | undefined, expected: string | undefined) => {
  if (expected === undefined || found === undefined) return undefined;
  return found === expected
    ? undefined
    : bad(`It is the server of stage ${found}, and not of ${expected}. Correct --url.`);
};

const doors = async (ask: AskServer, server: URL, environment: string, world: World) => {
  const access = await checkAccess(ask, world);
  const nowhere = await ask(NOWHERE);
  return [
    check('access', ...access.findings),
    check('admin API', await checkAdmin(world, server)),
    check('rate limit', checkLimits(access.answers, environment)),
    check('no credentials', await checkRefusal(ask, access.answers)),
    check('metadata', await checkMetadata(ask, server)),
    check(
      'no such path',
      nowhere?.status === 404
        ? good('A path that is not there is a 404.')
        : bad(`A path that is not there is answered with ${nowhere?.status ?? 'nothing'}.`),
    ),
  ];
};

const toolChecks = async (tools: readonly ListedTool[], call: CallTool) => [
  ...(await checkReads(tools, call)),
  check('writing SQL', await checkWrites(tools, call)),
];

interface PlanPlace {
  readonly server: URL;
  readonly stage: string | undefined;
  readonly credential: Readonly<Record<string, string>>;
  readonly tools: readonly ListedTool[];
}

const planCheck = async (
  { server, stage, credential, tools }: PlanPlace,
  { now, pause }: Examiner,
): Promise<Check> => {
  const patient = createAskServer(server, now, OPERATION_MS);
  const isHub = tools.some(({ name }) => name === 'deploy_infrastructure');
  return check(
    'plan',
    isHub && stage !== undefined
      ? await checkPlan(stage, createCallTool(patient, credential), pause)
      : notable('This server plans nothing: operations are at the hub.'),
  );
};
