// Does the admin API take the admin token of this machine? It is only read.
import { rolloutSchema } from '../../contract/admin.ts';
import { secretProblem } from '../../contract/secret.ts';
import { createAskAdmin } from '../admin-client.ts';
import { CliProblem, type World } from '../command.ts';
import { type Finding, bad, good } from './finding.ts';

/** Undefined where there is no admin token here, which another check tells. */
export const checkAdmin = async (world: World, server: URL): Promise<Finding | undefined> => {
  const token = world.env['MCP_ADMIN_TOKEN'];
  if (token === undefined || secretProblem('', token) !== undefined) return undefined;
  try {
    const request = { method: 'GET', path: '/admin/dark-launch', answer: rolloutSchema } as const;
    await createAskAdmin(world, server.href)(request);
    return good('The server takes the admin token.');
  } catch (error) {
    if (!(error instanceof CliProblem)) throw error;
    return bad(`The admin API cannot be used: ${error.message} Set the same, and deploy.`);
  }
};
