// The kit as a Worker, for running it inside workerd. Who calls is said in headers, which only a test may trust.
import { SCOPES } from '../../contract/scopes.ts';
import { callerOf, createKit } from './kit.fixture.ts';

const kit = createKit();

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

export default {
  fetch: async (request: Request, _: unknown, ctx: Context): Promise<Response> => {
    if (new URL(request.url).pathname === '/records') {
      return Response.json(kit.records);
    }
    const named = request.headers.get('x-scopes')?.split(' ');
    const scopes = named && SCOPES.filter((scope) => named.includes(scope));
    const caller = callerOf(scopes ? { scopes } : {});
    const waitUntil = (work: Promise<unknown>) => ctx.waitUntil(work);
    return kit.endpoint.fetch(request, { ...caller, waitUntil });
  },
};
