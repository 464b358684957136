// `bun run smoke --url https://…`: is a deployed server fit to serve? And with --walk: the whole way of a stage on a Cloudflare
// account, on stages of its own that it makes and takes away again.
import { readOptions } from '../src/cli/command.ts';
import { serverUrl } from '../src/cli/server-url.ts';
import { runScript } from './process-world.ts';
import { hasFailed } from './smoke/check.ts';
import { examine } from './smoke/examine.ts';
import { say } from './smoke/say.ts';
import { walk } from './walk.ts';
import type { PipelineWorld } from './world.ts';

const OPTIONS = {
  url: { type: 'string' },
  stage: { type: 'string' },
  plan: { type: 'boolean', default: false },
  walk: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const HELP = `bun run smoke [--url URL] [--stage STAGE] [--plan]
bun run smoke --walk

Looks at a deployed server from outside, and prints a line for each check; exit code 1 with any ✗.
  --url    the server (MCP_URL, else http://localhost:$PORT)
  --stage  what it must be the server of
  --plan   plans a deploy as well, if a runner is connected; nothing is changed

  --walk   deploys two stages of its own (smoke-…) to the Cloudflare account, breaks and mends one, and destroys both;
           everything is of this project's alchemy.run.ts. Takes CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID.

It takes MCP_JWT_SECRET, and looks at more with MCP_SHARED_SECRET and MCP_ADMIN_TOKEN.`;

export const smoke = async (words: readonly string[], world: PipelineWorld): Promise<number> => {
  const { values } = readOptions(words, OPTIONS, 0);
  if (values.help) {
    world.say(HELP);
    return 0;
  }
  if (values.walk) return walk(world);
  const examination = { what: 'everything', stage: values.stage, withPlan: values.plan } as const;
  const checks = await examine(serverUrl(world, values.url), examination, world);
  say(checks, world);
  return hasFailed(checks) ? 1 : 0;
};

if (import.meta.main) await runScript(smoke);
