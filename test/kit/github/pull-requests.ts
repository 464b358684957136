// The few routes of GitHub's REST API that a preview uses, on loopback: "Pulls → Get a pull request", "Issues → Comments".
// Who asks must have the token; whoever comments with it is the workflow's own bot.

export const GITHUB_TOKEN = 'ghs_a1b2c3d4e5f60718293a4b5c6d7e8f901234';
export const REPOSITORY = 'octo-org/octo-repo';

export interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string };
}

export interface PullRequests extends AsyncDisposable {
  readonly url: string;
  readonly comments: Comment[];
  state: 'open' | 'closed';
  /** What the next answers are, before anything else is looked at. */
  readonly refusals: number[];
  /** As a workflow hands it to a step. */
  readonly env: Readonly<Record<string, string>>;
  /** As somebody else writes one. */
  say(login: string, body: string): void;
}

const BOT = 'github-actions[bot]';
const COMMENTS = /^\/repos\/octo-org\/octo-repo\/issues\/7\/comments$/;
const COMMENT = /^\/repos\/octo-org\/octo-repo\/issues\/comments\/(\d+)$/;
const PULL = /^\/repos\/octo-org\/octo-repo\/pulls\/7$/;

export const startPullRequests = (): PullRequests => {
  let lastId = 0;
  const comments: Comment[] = [];
  const refusals: number[] = [];
  const say = (login: string, body: string): Comment => {
    const comment = { id: ++lastId, body, user: { login } };
    comments.push(comment);
    return comment;
  };
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request) => {
      const refusal = refusals.shift();
      if (refusal !== undefined) return Response.json({ message: 'No.' }, { status: refusal });
      if (request.headers.get('authorization') !== `Bearer ${GITHUB_TOKEN}`)
        return Response.json({ message: 'Bad credentials' }, { status: 401 });
      const { pathname, searchParams } = new URL(request.url);
      const written = async () => ((await request.json()) as { body: string }).body;
      if (request.method === 'GET' && PULL.test(pathname))
        return Response.json({ number: 7, state: github.state });
      if (request.method === 'GET' && COMMENTS.test(pathname)) {
        const size = Number(searchParams.get('per_page') ?? '30');
        const from = (Number(searchParams.get('page') ?? '1') - 1) * size;
        return Response.json(comments.slice(from, from + size));
      }
      if (request.method === 'POST' && COMMENTS.test(pathname))
        return Response.json(say(BOT, await written()), { status: 201 });
      const id = Number(COMMENT.exec(pathname)?.[1]);
      const found = comments.find((comment) => comment.id === id);
      if (request.method !== 'PATCH' || found === undefined)
        return Response.json({ message: 'Not Found' }, { status: 404 });
      found.body = await written();
      return Response.json(found);
    },
  });
  const url = `http://127.0.0.1:${server.port}`;
  const github: PullRequests = {
    url,
    comments,
    state: 'open',
    refusals,
    env: {
      GITHUB_API_URL: url,
      GITHUB_TOKEN,
      GITHUB_REPOSITORY: REPOSITORY,
      HEAD_REPOSITORY: REPOSITORY,
      PR_NUMBER: '7',
    },
    say: (login, body) => void say(login, body),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  return github;
};
