/** Every process of the local cloud carries it: ending "ours" can then never end a stranger, and a stranger cannot pass for ours. */
export const MARK = 'MCP_RUN_MARK';
