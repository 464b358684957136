// What a newcomer copies: where the server is, and how each client connects to it.

export interface BannerFacts {
  readonly url: string;
  readonly sharedSecret: string;
  readonly seconds: number;
  /** The stack's own Workers, and where each listens. */
  readonly workers: readonly { readonly id: string; readonly url: string }[];
  readonly wroteEnvFile: boolean;
}

export const banner = ({
  url,
  sharedSecret: secret,
  seconds,
  workers,
  wroteEnvFile,
}: BannerFacts): string => {
  const endpoint = `${url}/mcp`;
  const cursor = {
    mcpServers: { alchemy: { url: endpoint, headers: { 'X-MCP-Secret': secret } } },
  };
  return `
  MCP server ready in ${seconds.toFixed(1)} s

    ${endpoint}
${workers.map(({ id, url: at }) => `    ${at}  (${id})\n`).join('')}
  Claude Code
    claude mcp add --transport http alchemy ${endpoint} --header "X-MCP-Secret: ${secret}"

  Cursor (~/.cursor/mcp.json)
    ${JSON.stringify(cursor)}

  curl
    curl ${endpoint} -H "X-MCP-Secret: ${secret}" -H "Content-Type: application/json" \\
      -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_resource_status","arguments":{}}}'

  Secrets are in .env${wroteEnvFile ? ' (just written, readable by you only)' : ''}. Data is in .alchemy, logs are in
  .alchemy/log. Ctrl-C stops everything.
`;
};
