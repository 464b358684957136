// The package's door: what a user's alchemy.run.ts imports.
export { McpServer, type McpServerProps } from './mcp-server.ts';
export { mcpState } from './state.ts';
