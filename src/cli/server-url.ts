// Which server a command talks to. Secrets go with the request, so it is reached over TLS or is this machine.
import { DEFAULT_PORT } from '../contract/port.ts';
import { CliProblem, type World } from './command.ts';

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** `--url`, else MCP_URL, else the port `bun start` listens on. Only the origin counts: `…/mcp` is the same server. */
export const serverUrl = ({ env }: Pick<World, 'env'>, given: string | undefined): URL => {
  const text = given ?? env['MCP_URL'] ?? `http://localhost:${env['PORT'] ?? DEFAULT_PORT}`;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CliProblem(
      `"${text}" is no address of a server; write it as https://mcp.example.com.`,
    );
  if (url.protocol === 'http:' && !isThisMachine(url))
    throw new CliProblem(`Secrets are not sent to ${url.host} without TLS; use https://.`);
  return new URL(url.origin);
};

export const isThisMachine = ({ hostname }: URL): boolean => LOCAL.test(hostname);
