/** Every secret a server is deployed with, by the name of its variable. */
export const SECRET_NAMES = [
  'MCP_SHARED_SECRET',
  'MCP_SHARED_SECRET_PREVIOUS',
  'MCP_JWT_SECRET',
  'MCP_JWT_SECRETS',
  'MCP_ADMIN_TOKEN',
  'MCP_RUNNER_TOKEN',
] as const;
