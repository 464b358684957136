// Patterns over stage names: which stages a principal may touch, and which are protected. A pattern is a stage name in
// which `*` stands for any run of characters, also none. No other character is special, and matching never backtracks:
// patterns come from tokens.

export const matchesStage = (patterns: readonly string[], stage: string): boolean =>
  patterns.some((pattern) => covers(pattern, stage));

/**
 * Of MCP_PROTECTED_STAGES; where nobody has said anything, the hub's stage. An empty value is no value: protection is not
 * lifted by a blank line in a settings file.
 */
export const protectedStages = (setting: unknown, hub: string): readonly string[] => {
  const patterns = patternsIn(setting);
  return patterns.length === 0 ? [hub] : patterns;
};

/** Undefined for patterns that can fit a stage: one that cannot would protect nothing, and nobody would notice. */
export const protectedStagesProblem = (setting: unknown): string | undefined =>
  patternsIn(setting).every((pattern) => /^[a-z0-9*-]+$/.test(pattern))
    ? undefined
    : 'MCP_PROTECTED_STAGES must be names of stages or patterns such as preview-*, divided by commas.';

const patternsIn = (setting: unknown): readonly string[] =>
  typeof setting === 'string' ? setting.split(/[\s,]+/).filter((pattern) => pattern !== '') : [];

function covers(pattern: string, stage: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return pattern !== '' && pattern === stage;
  if (stage.length < head.length + tail.length) return false;
  if (!stage.startsWith(head) || !stage.endsWith(tail)) return false;
  const end = stage.length - tail.length;
  let from = head.length;
  for (const part of rest) {
    const at = stage.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
