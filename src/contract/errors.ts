// Every failure we foresee, once. The edge and the tool seam translate these codes; nobody else words an error.
// What a caller reads is a sentence of ours, never a driver's: foreign text can carry secrets or instructions.

/** Where a failure is our fault (`error`), worth an operator's look (`warn`), or the caller's to fix (`info`). */
type Level = 'error' | 'warn' | 'info';

interface ErrorFacts {
  /** HTTP status when the failure is answered outside MCP. */
  readonly status: number;
  readonly level: Level;
  /** What to do, when the place that raised the error knows nothing more precise. */
  readonly next: string;
}

export const ERRORS = {
  // The edge
  UNAUTHENTICATED: {
    status: 401,
    level: 'warn',
    next: 'Send X-MCP-Secret, or Authorization: Bearer with a valid token.',
  },
  AUTH_NOT_CONFIGURED: {
    status: 503,
    level: 'error',
    next: 'The operator must set the secrets this server needs; GET /health names them.',
  },
  ORIGIN_NOT_ALLOWED: {
    status: 403,
    level: 'warn',
    next: 'Add the origin to MCP_ALLOWED_ORIGINS.',
  },
  HOST_NOT_ALLOWED: {
    status: 403,
    level: 'warn',
    next: 'Call the local server by localhost or 127.0.0.1.',
  },
  RATE_LIMITED: { status: 429, level: 'warn', next: 'Wait as long as Retry-After says.' },
  TOO_MANY_FAILURES: {
    status: 429,
    level: 'warn',
    next: 'Wait as long as Retry-After says, then send valid credentials.',
  },
  NOT_IN_ROLLOUT: {
    status: 503,
    level: 'info',
    next: 'This client is not in the rollout yet. Ask the operator to raise the percentage.',
  },
  LIMITER_UNAVAILABLE: {
    status: 503,
    level: 'error',
    next: 'Try again in a few seconds; nothing has been done.',
  },
  IDENTITY_UNAVAILABLE: {
    status: 503,
    level: 'error',
    next: 'Try again in a few seconds: GitHub did not say which keys are its own.',
  },
  PRECONDITION_FAILED: {
    status: 412,
    level: 'info',
    next: 'Read the current value again and send its ETag in If-Match.',
  },
  BODY_TOO_LARGE: { status: 413, level: 'info', next: 'Send at most 256 KiB.' },
  NOT_FOUND: { status: 404, level: 'info', next: 'Use one of the available endpoints.' },
  UPGRADE_REQUIRED: { status: 426, level: 'info', next: 'Connect with a WebSocket.' },
  METHOD_NOT_ALLOWED: { status: 405, level: 'info', next: 'Use the method named in Allow.' },
  BAD_REQUEST: { status: 400, level: 'info', next: 'Correct the request and send it again.' },
  INTERNAL: {
    status: 500,
    level: 'error',
    next: 'Try once more; if it fails again, give the operator this error id.',
  },

  // Any tool
  SCOPE_MISSING: {
    status: 403,
    level: 'warn',
    next: 'Ask the operator for a token with the scope.',
  },
  STAGE_NOT_ALLOWED: {
    status: 403,
    level: 'warn',
    next: 'Ask the operator for a token whose stages include this one.',
  },
  UNKNOWN_STAGE: { status: 404, level: 'info', next: 'Use one of the known stages.' },
  UNKNOWN_DATABASE: { status: 404, level: 'info', next: 'Use one of the known databases.' },
  UNKNOWN_BUCKET: { status: 404, level: 'info', next: 'Use one of the known buckets.' },
  UNKNOWN_NAMESPACE: { status: 404, level: 'info', next: 'Use one of the known namespaces.' },
  UNKNOWN_WORKFLOW: { status: 404, level: 'info', next: 'Use one of the known workflows.' },
  UNKNOWN_OBJECT: { status: 404, level: 'info', next: 'Use one of the known object classes.' },
  INVALID_CURSOR: {
    status: 400,
    level: 'info',
    next: 'Send the nextCursor of the previous answer unchanged, with the same arguments, or start without a cursor.',
  },
  INVALID_ARGUMENT: { status: 400, level: 'info', next: 'Correct the argument and call again.' },
  RESOURCE_FAILED: {
    status: 502,
    level: 'error',
    next: 'Call get_resource_status to see whether the resource is healthy, then try again.',
  },
  RESOURCE_TIMEOUT: {
    status: 504,
    level: 'warn',
    next: 'Ask for less, or try again later.',
  },

  // Operations
  UNKNOWN_OPERATION: {
    status: 404,
    level: 'info',
    next: 'Call list_operations to see the operations of a stage.',
  },
  UNKNOWN_PLAN: {
    status: 404,
    level: 'info',
    next: 'Plan again: deploy_infrastructure with dryRun: true, or destroy_infrastructure without confirm.',
  },
  PLAN_EXPIRED: {
    status: 409,
    level: 'info',
    next: 'Plan again, review it, and use the new planId.',
  },
  PLAN_USED: {
    status: 409,
    level: 'info',
    next: 'A plan is used once. Plan again, review it, and use the new planId.',
  },
  PLAN_STALE: {
    status: 409,
    level: 'info',
    next: 'Nothing was changed. Plan again, review what is different, and use the new planId.',
  },
  PLAN_REQUIRED: {
    status: 409,
    level: 'info',
    next: 'Plan first (deploy_infrastructure with dryRun: true, or destroy_infrastructure without confirm), review the plan, and call again with its planId.',
  },
  PLAN_BLOCKED: {
    status: 409,
    level: 'info',
    next: 'Mend what the message names, then plan again.',
  },
  PHRASE_REQUIRED: {
    status: 409,
    level: 'info',
    next: 'Call again with the phrase that the plan names, word for word.',
  },
  APPROVAL_REFUSED: {
    status: 403,
    level: 'warn',
    next: 'Another person than the one who asked must approve, and exactly the plan that was asked for.',
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    level: 'info',
    next: 'Use a new idempotencyKey for a new request.',
  },
  OPERATION_ENDED: {
    status: 409,
    level: 'info',
    next: 'Call get_operation to see how it ended.',
  },
  QUEUE_FULL: {
    status: 429,
    level: 'warn',
    next: 'Wait until operations of this stage have ended, or cancel some.',
  },
  OPERATION_EXPIRED: {
    status: 409,
    level: 'warn',
    next: 'Make sure that a runner is connected (`bun start` or `bun mcp runner`), then call again.',
  },
  OPERATION_FAILED: {
    status: 502,
    level: 'warn',
    next: 'Correct what the message says, then plan again: the plan shows what is left to do.',
  },
  OPERATION_CANCELLED: {
    status: 409,
    level: 'info',
    next: 'Plan again: the plan shows what was done before it stopped.',
  },
  RUNNER_LOST: {
    status: 502,
    level: 'error',
    next: 'Plan again: the plan shows what was done before the runner was lost.',
  },
  NOT_THE_HUB: {
    status: 409,
    level: 'info',
    next: 'Use the MCP server of the hub stage for operations.',
  },
  STAGE_UNREACHABLE: {
    status: 502,
    level: 'error',
    next: 'Call get_operation or deploy the stage again, then retry.',
  },

  // query_database: one code for each reason a statement is not run
  SQL_EMPTY: { status: 400, level: 'info', next: 'Send one SELECT statement.' },
  SQL_TOO_LONG: { status: 400, level: 'info', next: 'Send at most 10,000 characters.' },
  SQL_TOO_DEEP: { status: 400, level: 'info', next: 'Use fewer nested parentheses.' },
  SQL_ILLEGAL_CHARACTER: {
    status: 400,
    level: 'info',
    next: 'Remove NUL, byte order marks and broken characters; bind such values with params.',
  },
  SQL_SYNTAX: { status: 400, level: 'info', next: 'Correct the statement; the dialect is SQLite.' },
  SQL_MULTIPLE_STATEMENTS: { status: 400, level: 'info', next: 'Send exactly one statement.' },
  SQL_UNBOUNDED_RECURSION: {
    status: 400,
    level: 'info',
    next: 'End the recursive part with WHERE, or with a LIMIT such as LIMIT 1000.',
  },
  SQL_NOT_A_READ: {
    status: 403,
    level: 'warn',
    next: 'Only SELECT, WITH … SELECT and VALUES run here. Change data through the application.',
  },
  SQL_FORBIDDEN_TABLE: {
    status: 403,
    level: 'warn',
    next: 'Read the application tables, or sqlite_schema to list them.',
  },
  SQL_FORBIDDEN_FUNCTION: { status: 403, level: 'warn', next: 'Leave the function out.' },
  SQL_PARAMETERS: {
    status: 400,
    level: 'info',
    next: 'Write each parameter as a plain ? and send as many params.',
  },
  SQL_ROW_TOO_LARGE: {
    status: 400,
    level: 'info',
    next: 'Select fewer or shorter columns, for example substr(column, 1, 1000), or skip the row.',
  },
  SQL_REFUSED_BY_ENGINE: {
    status: 400,
    level: 'info',
    next: 'Check table and column names; list them with SELECT name, sql FROM sqlite_schema.',
  },
  SQL_GUARD_BREACH: {
    status: 500,
    level: 'error',
    next: 'Nothing was returned. Tell the operator: query_database stays closed for this database until the Worker restarts.',
  },
} as const satisfies Record<string, ErrorFacts>;

export type ErrorCode = keyof typeof ERRORS;

/** A foreseen failure on its way to the caller. `message` and `next` are shown; `cause` is for the log alone. */
export class OpsError extends Error {
  override readonly name = 'OpsError';
  readonly code: ErrorCode;
  readonly next: string;

  constructor(code: ErrorCode, message: string, options: { next?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.next = options.next ?? ERRORS[code].next;
  }
}
