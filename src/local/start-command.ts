// How a person starts again: a line that works in this repository and in a project that has the package, with Bun
// installed and without.
export const startCommand = (...words: readonly string[]): string =>
  [`npx -y bun@${Bun.version} mcp start`, ...words].join(' ');
