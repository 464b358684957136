// A stage's name: it becomes part of Worker names, so it is as narrow as those.

/** The stage whose MCP server keeps its plain name and owns the operations on every stage. */
export const HUB_STAGE = 'prod';

export const STAGE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
