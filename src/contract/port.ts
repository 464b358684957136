/** Where a local server listens, and where the command line looks for it, unless PORT says otherwise. */
export const DEFAULT_PORT = 8787;
