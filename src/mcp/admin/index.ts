// The admin API: every route of it, and the order of the checks before one runs.
import { httpError } from '../http-error.ts';
import { type AdminDependencies, adminOf, type Handler, refusalOf } from './admin-route.ts';
import { readDarkLaunch, readDarkLaunchHistory, setDarkLaunch } from './dark-launch-route.ts';
import { readJournal, verifyJournal } from './journal-route.ts';
import { LIMITS_PATH, readLimit, setLimit } from './limits-route.ts';
import {
  approveOperation,
  cancelOperation,
  listOperations,
  readOperation,
} from './operations-route.ts';
import { revokeTokens } from './revocations-route.ts';

export type { AdminDependencies } from './admin-route.ts';

type Methods = Readonly<Partial<Record<string, Handler>>>;

const LIMITS: Methods = { GET: readLimit, PUT: setLimit };

const ROUTES: ReadonlyMap<string, Methods> = new Map([
  ['/admin/dark-launch', { GET: readDarkLaunch, PUT: setDarkLaunch }],
  ['/admin/dark-launch/history', { GET: readDarkLaunchHistory }],
  ['/admin/revocations', { POST: revokeTokens }],
  ['/admin/operations', { GET: listOperations }],
  ['/admin/journal', { GET: readJournal }],
  ['/admin/journal/verify', { GET: verifyJournal }],
]);

/** `/admin/operations/:id` and what is below it. */
const OPERATION = /^\/admin\/operations\/[^/]+(\/[a-z]+)?$/;

const OPERATIONS: ReadonlyMap<string, Methods> = new Map([
  ['', { GET: readOperation }],
  ['/approval', { POST: approveOperation }],
  ['/cancel', { POST: cancelOperation }],
]);

/** Undefined where nothing is at the path. What the routes are is no secret, so that is said to anybody. */
export const adminRoute = async (
  request: Request,
  dependencies: AdminDependencies,
): Promise<Response | undefined> => {
  const methods = methodsAt(new URL(request.url).pathname);
  if (methods === undefined) return undefined;
  const refusal = await refusalOf(request, dependencies);
  if (refusal !== undefined) return refusal;
  const { requestId } = dependencies;
  const handler = handlerOf(methods, request.method);
  if (handler === undefined) {
    const allowed = Object.keys(methods).join(', ');
    return httpError('METHOD_NOT_ALLOWED', `Use ${allowed} here.`, requestId, {
      headers: { Allow: allowed },
    });
  }
  const by = adminOf(request);
  if (!by.ok) return httpError('BAD_REQUEST', by.error, requestId);
  return handler({ request, dependencies, by: by.value });
};

const methodsAt = (path: string): Methods | undefined => {
  if (path.startsWith(LIMITS_PATH) && path.length > LIMITS_PATH.length) return LIMITS;
  const operation = OPERATION.exec(path);
  return operation === null ? ROUTES.get(path) : OPERATIONS.get(operation[1] ?? '');
};

/** HEAD is GET without its body, which the runtime leaves out. */
const handlerOf = (methods: Methods, method: string): Handler | undefined => {
  const name = method === 'HEAD' ? 'GET' : method;
  return Object.hasOwn(methods, name) ? methods[name] : undefined;
};
