/** All that a log may have of an error nobody foresaw: its message can quote a secret. */
export const errorName = (error: unknown): string =>
  error instanceof Error ? error.name : 'not an Error';

const MAX_FRAMES = 5;

/** Where it was thrown, without its message: which functions called which, the innermost first. */
export const errorFrames = (error: Error): string =>
  (error.stack ?? '')
    .replace(error.message, '')
    .split('\n')
    .filter((line) => /^\s+at \S/.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim())
    .join(' ');
