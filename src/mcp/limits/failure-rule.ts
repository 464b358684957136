// How often an address may fail to authenticate.

/** The one after these is answered 429, until one of them is too old to count. */
export const FAILURES_ALLOWED = 10;
export const FAILURE_WINDOW_MS = 15 * 60_000;
