// The keys and rules tokens are made and checked by, from the environment: the same the server was deployed with.
import { type Keys, parseKeys } from '../contract/key-ring.ts';
import { secretProblem } from '../contract/secret.ts';
import { tokenPolicyOf, tokenVariables } from '../contract/token-settings.ts';
import type { TokenPolicy } from '../contract/token.ts';
import { CliProblem, type World } from './command.ts';

export const tokenSettings = ({ env }: Pick<World, 'env'>): Keys & TokenPolicy => {
  const jwtSecret = env['MCP_JWT_SECRET'] ?? '';
  const problem = secretProblem('MCP_JWT_SECRET', jwtSecret);
  if (problem !== undefined)
    throw new CliProblem(`${problem} It must be the server's own, in the environment or in .env.`);
  const values = tokenVariables.safeParse(env);
  if (!values.success)
    throw new CliProblem(
      values.error.issues.map(({ path }) => `${String(path[0])} is not valid.`).join(' '),
    );
  const list = env['MCP_JWT_SECRETS'];
  const keys = list === undefined ? undefined : parseKeys(list);
  if (keys?.ok === false) throw new CliProblem(keys.error.join(' '));
  return {
    ...tokenPolicyOf(values.data),
    jwtSecret,
    ...(keys !== undefined && { jwtSecrets: keys.value }),
  };
};
