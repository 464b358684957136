// How the server is bundled, where that differs from Alchemy's own way: without what keeps the names of functions and
// the order of several chunks. Nothing here asks a function for its name, and there is one chunk; a tenth of the size.
export const BUNDLE_OUTPUT = { keepNames: false, strictExecutionOrder: false } as const;
