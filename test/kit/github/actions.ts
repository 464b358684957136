// As much of GitHub as runs an operation: the API that starts a workflow (docs.github.com/rest/actions/workflows), the keys
// of its identity provider, and on loopback the address at which a run asks for its identity. It records what it is asked,
// and starts nothing by itself: a test does that with `started`.
import {
  claimsOf,
  drawKey,
  ISSUER,
  type Json,
  KEYS_PATH,
  keySet,
  REPOSITORY,
  signed,
} from './oidc.ts';

const API = 'https://api.github.com';
/** Loopback only: whoever may ask for identities has this. */
const REQUEST_TOKEN = 'run-request-token-5f0c9a';
export const GITHUB_TOKEN = 'github_pat_11AAAAAAA0_3f9c1b7e5d2a8c4f6b0e9d7a5c3b1f8e6d4a2c0b';

/** The settings of a hub whose operations this GitHub runs. */
export const GITHUB_SETTINGS = {
  MCP_GITHUB_REPOSITORY: REPOSITORY,
  MCP_GITHUB_TOKEN: GITHUB_TOKEN,
} as const;

export interface Dispatch {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly ref: string; readonly inputs: Json };
  readonly operation: string;
  readonly runId: string;
}

export interface FakeGithub extends AsyncDisposable {
  readonly dispatches: readonly Dispatch[];
  /** How often its keys were read. */
  keyReads: number;
  /** Answers in place of the next dispatches, in order; the run is started nevertheless where it says so. */
  readonly answers: (() => Response | Promise<Response>)[];
  /** Whether an answer names the run, as it does since 2026. */
  namesRuns: boolean;
  /** What is behind the addresses of GitHub; undefined for any other. */
  readonly fetch: (request: Request) => Promise<Response | undefined>;
  /** An identity of a run. */
  identity(audience: string, over?: Json): string;
  /** The environment of a run's step. */
  environment(run: Pick<Dispatch, 'runId'>): Record<string, string>;
  /** For how often, and for whom, runs have asked for an identity. */
  readonly identities: { readonly runId: string; readonly audience: string }[];
}

export const startGithub = (): FakeGithub => {
  const key = drawKey('gh-1');
  const identity = (audience: string, over: Json = {}) => signed(key, claimsOf(audience, over));
  const dispatches: Dispatch[] = [];
  const identities: { runId: string; audience: string }[] = [];
  const endpoint = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: ({ url, headers }) => {
      const { pathname, searchParams } = new URL(url);
      const audience = searchParams.get('audience') ?? 'https://github.com/octo-org';
      if (headers.get('authorization') !== `Bearer ${REQUEST_TOKEN}`)
        return new Response(null, { status: 401 });
      const runId = pathname.slice(1);
      identities.push({ runId, audience });
      return Response.json({ count: 1, value: identity(audience, { run_id: runId }) });
    },
  });
  const dispatch = async (request: Request, path: string): Promise<Response> => {
    const body = (await request.json()) as Dispatch['body'];
    const runId = String(1_001 + dispatches.length);
    const operation = String(body.inputs['operation']);
    const headers = Object.fromEntries(request.headers);
    dispatches.push({ path, headers, body, operation, runId });
    const answer = github.answers.shift();
    if (answer !== undefined) return answer();
    const details = {
      workflow_run_id: Number(runId),
      run_url: `${API}/repos/${REPOSITORY}/actions/runs/${runId}`,
      html_url: `https://github.com/${REPOSITORY}/actions/runs/${runId}`,
    };
    return github.namesRuns ? Response.json(details) : new Response(null, { status: 204 });
  };
  const github: FakeGithub = {
    dispatches,
    identities,
    keyReads: 0,
    answers: [],
    namesRuns: true,
    identity,
    fetch: async (request) => {
      const { origin, pathname } = new URL(request.url);
      if (origin === ISSUER && pathname === KEYS_PATH) {
        github.keyReads += 1;
        return Response.json(keySet(key));
      }
      if (origin !== API) return undefined;
      const isDispatch = request.method === 'POST' && pathname.endsWith('/dispatches');
      return isDispatch ? dispatch(request, pathname) : new Response(null, { status: 404 });
    },
    environment: ({ runId }) => ({
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${endpoint.port}/${runId}?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN,
    }),
    [Symbol.asyncDispose]: () => endpoint.stop(true),
  };
  return github;
};
