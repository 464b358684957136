// What /health says: is anybody there, is it this server, are its settings complete, where does it run, what is its time,
// and whom does the dark launch let in. No credential is sent to what does not answer here as this server does.
import { z } from 'zod';

import type { World } from '../command.ts';
import { spell } from '../time.ts';
import type { Answer, AskServer } from './ask-server.ts';
import { type Finding, bad, good, notable } from './finding.ts';

const MAX_CLOCK_DIFFERENCE_S = 30;

const healthSchema = z.object({
  status: z.string(),
  service: z.literal('mcp-worker'),
  environment: z.string(),
  timestamp: z.string().optional(),
  stage: z.string().optional(),
  problems: z.array(z.string()).optional(),
  darkLaunch: z
    .object({
      percentage: z.number(),
      source: z.string(),
      problem: z.string().optional(),
    })
    .optional(),
});

type Health = z.output<typeof healthSchema>;

export interface HealthReport {
  readonly findings: readonly Finding[];
  /** Undefined where nothing further can be asked: it is not this server, or it refuses to serve. */
  readonly environment: string | undefined;
  readonly stage?: string | undefined;
}

export const checkHealth = async (
  ask: AskServer,
  { origin }: URL,
  { env }: Pick<World, 'env'>,
): Promise<HealthReport> => {
  const answer = await ask('/health');
  const health = healthSchema.safeParse(answer?.json).data;
  if (answer === undefined || health === undefined)
    return { findings: [notOurs(answer, origin)], environment: undefined };
  const findings = [
    good(`${origin} answers, and it is an MCP server of this project.`),
    clock(health, answer),
    ...settings(health),
  ];
  if (answer.status !== 200 || health.status !== 'ok')
    return { findings, environment: undefined, stage: health.stage };
  return {
    findings: [...findings, place(health, env['ENVIRONMENT']), rollout(health)],
    environment: health.environment,
    stage: health.stage,
  };
};

const notOurs = (answer: Answer | undefined, origin: string): Finding => {
  if (answer === undefined)
    return bad(`No server answers at ${origin}. Start or deploy it, or correct --url.`);
  if (answer.status >= 300 && answer.status < 400)
    return bad(`${origin} answers with a redirect. Give the final address as --url.`);
  return bad(
    `${origin} answers (HTTP ${answer.status}), but it is not this server. Correct --url, or the route of the Worker.`,
  );
};

/** The server's own words name a setting, and never its value. */
const settings = ({ problems = [], status }: Health): Finding[] => {
  if (problems.length > 0)
    return problems.map((problem) =>
      bad(`A setting of the server is wrong: ${problem} Set it, and deploy or start again.`),
    );
  return status === 'ok'
    ? [good('The settings of the server are complete.')]
    : [bad(`The server says of itself that it is ${status}. Its log says why.`)];
};

const clock = ({ timestamp }: Health, { headers, sentAt, receivedAt }: Answer): Finding => {
  const theirs = Date.parse(timestamp ?? headers.get('date') ?? '');
  if (Number.isNaN(theirs)) return notable('The server does not say what time it is.');
  const away = (theirs - (sentAt + receivedAt) / 2) / 1_000;
  // What lies between sending and receiving is no difference of clocks.
  const atLeast = Math.abs(away) - (receivedAt - sentAt) / 2_000;
  return atLeast <= MAX_CLOCK_DIFFERENCE_S
    ? good('The clocks of the server and of this machine agree.')
    : bad(
        `This machine's clock is ${spell(Math.abs(away))} ${away < 0 ? 'ahead of' : 'behind'} the server's: tokens made here begin or end at the wrong time. Set it, for example with NTP.`,
      );
};

const place = ({ environment, stage }: Health, ours: string | undefined): Finding => {
  const where = `It runs as ${environment}${stage === undefined ? '' : `, stage ${stage}`}`;
  const here = ours ?? 'production';
  return here === environment
    ? good(`${where}.`)
    : notable(
        `${where}, while ENVIRONMENT here means ${here}: \`bun mcp token\` goes by the rules of ${here}. Set ENVIRONMENT=${environment} here.`,
      );
};

const rollout = ({ darkLaunch }: Health): Finding => {
  if (darkLaunch === undefined)
    return notable('/health says nothing of the dark launch; the server may be an older one.');
  const { percentage, source, problem } = darkLaunch;
  const share = `The dark launch lets in ${percentage}% of clients (set by: ${source})`;
  if (problem !== undefined)
    return notable(`${share}. ${problem} Set it: bun mcp rollout set PERCENT.`);
  return percentage === 100
    ? good(`${share}.`)
    : notable(`${share}; the others get 503. To raise it: bun mcp rollout set PERCENT.`);
};
