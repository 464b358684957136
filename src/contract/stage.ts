// A stage's name: it becomes part of Worker names, so it is as narrow as those.

export const STAGE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** The hub where nobody has said anything. */
export const DEFAULT_HUB_STAGE = 'prod';

/**
 * Of MCP_HUB_STAGE: the stage whose MCP server keeps its plain name and owns the operations on every stage. An empty value
 * is no value.
 */
export const hubStageOf = (setting: unknown): string =>
  typeof setting === 'string' && setting !== '' ? setting : DEFAULT_HUB_STAGE;

export const hubStageProblem = (setting: unknown): string | undefined =>
  STAGE_NAME.test(hubStageOf(setting))
    ? undefined
    : 'MCP_HUB_STAGE must be the name of a stage: lower-case letters, digits and hyphens, 40 at most.';
