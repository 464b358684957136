// W3C Trace Context, Level 1 §3.2: the caller's trace id, so that a log line of ours can be found from a trace of theirs.

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?$/;
const NONE = /^0+$/;

/** The 32 hex digits of the trace id, or undefined when the header is absent or not of its form. */
export const traceIdOf = (traceparent: string | null | undefined): string | undefined => {
  const [, traceId = '', parentId = ''] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return traceId === '' || NONE.test(traceId) || NONE.test(parentId) ? undefined : traceId;
};
