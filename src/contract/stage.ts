// A stage's name: it becomes part of Worker names, so it is as narrow as those.

/** The stage whose MCP server keeps its plain name and owns the operations on every stage. */
export const HUB_STAGE = 'prod';

export const STAGE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** Does a stage pattern of a token (`staging`, `preview-*`, `*`) cover this stage? `*` counts at the end only. */
export const coversStage = (pattern: string, stage: string): boolean =>
  pattern.endsWith('*') ? stage.startsWith(pattern.slice(0, -1)) : pattern === stage;
