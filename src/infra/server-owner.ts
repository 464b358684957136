// Whose is the Worker that a deploy would upload? Names are the account's, not the stack's, and Alchemy takes over whatever
// has the name: the server of another stack, or a hub with its journal, because one setting was forgotten.
import * as Cloudflare from 'alchemy/Cloudflare';
import * as Effect from 'effect/Effect';
import { z } from 'zod';

import { type Account, askWorkers } from './ask-account.ts';
import { refuse } from './refusal.ts';

export interface Placed {
  readonly id: string;
  readonly stack: string;
  readonly stage: string;
  readonly hub: string;
}

interface Owner {
  readonly stack: string;
  readonly stage: string;
}

export const serverName = ({ id, stage, hub }: Omit<Placed, 'stack'>): string =>
  stage === hub ? id : `${id}-${stage}`;

/** Refuses to begin where the names are somebody else's, as far as Cloudflare tells. */
export const requireOwnServers = (placed: Placed) =>
  Effect.gen(function* () {
    const account = yield* yield* Cloudflare.CloudflareEnvironment;
    const names = [...new Set([placed.id, serverName(placed)])];
    const owners = yield* Effect.promise(() =>
      Promise.all(names.map(async (name) => [name, await ownerOf(account, name)] as const)),
    );
    const problem = ownerProblem(placed, new Map(owners));
    if (problem !== undefined) return yield* refuse(problem);
  });

/** Undefined when the deploy may go on. `owners`: of each name, as Alchemy has marked the Worker there. */
export const ownerProblem = (
  placed: Placed,
  owners: ReadonlyMap<string, Owner | undefined>,
): string | undefined => {
  const { id, stack, stage, hub } = placed;
  const name = serverName(placed);
  const server = owners.get(name);
  if (server !== undefined && server.stack !== stack)
    return `The Worker "${name}" is the server of stack ${server.stack}, stage ${server.stage}. Give McpServer(…) in alchemy.run.ts another id than "${id}".`;
  const known = owners.get(id);
  if (known !== undefined && known.stack === stack && known.stage !== hub)
    return `The hub of this stack is stage ${known.stage}, and this deploy takes ${hub} for it. Set MCP_HUB_STAGE=${known.stage}; or, if the hub is to be another, destroy that stage first.`;
  if (server !== undefined && server.stage !== stage)
    return `The Worker "${name}" is the server of stage ${server.stage}. Choose another name for the stage, or destroy that one first.`;
  return undefined;
};

const settingsSchema = z.object({ result: z.object({ tags: z.array(z.string()) }) });

const ownerOf = async (account: Account, name: string): Promise<Owner | undefined> => {
  const answer = await askWorkers(account, `scripts/${name}/settings`);
  const tags = settingsSchema.safeParse(answer?.body).data?.result.tags ?? [];
  const valueOf = (key: string) =>
    tags.find((tag) => tag.startsWith(`alchemy:${key}:`))?.slice(`alchemy:${key}:`.length);
  const [stack, stage] = [valueOf('stack'), valueOf('stage')];
  return stack === undefined || stage === undefined ? undefined : { stack, stage };
};
