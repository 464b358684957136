// Which stages a principal may touch. A pattern is a stage name in which `*` stands for any run of characters, also none.
// No other character is special, and matching never backtracks: patterns come from tokens.

export const mayUseStage = (patterns: readonly string[], stage: string): boolean =>
  patterns.some((pattern) => covers(pattern, stage));

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
