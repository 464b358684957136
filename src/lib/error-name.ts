/** All that a log may have of an error nobody foresaw: its message can quote a secret. */
export const errorName = (error: unknown): string =>
  error instanceof Error ? error.name : 'not an Error';
