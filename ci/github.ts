// The little that is asked of GitHub: is a pull request open, and one comment on it that is written once and then kept up to
// date. GitHub REST API: "Pulls → Get a pull request", "Issues → Comments".
import { z, type ZodType } from 'zod';

import { CliProblem, type World } from '../src/cli/command.ts';

const TIMEOUT_MS = 20_000;
const API = 'https://api.github.com';
const VERSION = '2022-11-28';
const PER_PAGE = 100;
const MAX_PAGES = 100;
/** Ours among the comments; invisible where it is shown. */
const MARKER = '<!-- mcp-preview -->';
/** Who writes with a workflow's own token. Anybody can write the marker. */
const AUTHOR = 'github-actions[bot]';

export interface PullRequest {
  isOpen(): Promise<boolean>;
  /** Writes our comment, or puts this in its place. */
  comment(markdown: string): Promise<void>;
  /** The same, but only where there is one. */
  updateComment(markdown: string): Promise<void>;
}

export const pullRequest = (number: number, { env }: Pick<World, 'env'>): PullRequest => {
  const token = env['GITHUB_TOKEN'];
  const repository = env['GITHUB_REPOSITORY'];
  if (token === undefined || repository === undefined)
    throw new CliProblem('GITHUB_TOKEN and GITHUB_REPOSITORY are not set; a workflow sets them.');
  const call = async <T>(method: string, path: string, schema: ZodType<T>, body?: unknown) => {
    const what = `GitHub did not answer to ${method} ${path.replace(/\?.*/, '')}`;
    try {
      const response = await fetch(`${env['GITHUB_API_URL'] ?? API}/repos/${repository}${path}`, {
        method,
        headers: {
          Accept: 'application/vnd.github+json',
          Authorization: `Bearer ${token}`,
          'X-GitHub-Api-Version': VERSION,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new CliProblem(`${what} as it should (HTTP ${response.status}).`);
      return schema.parse(await response.json());
    } catch (error) {
      if (error instanceof CliProblem) throw error;
      throw new CliProblem(`${what}.`, { cause: error });
    }
  };
  const comments = `/issues/${number}/comments`;
  const ours = async (): Promise<number | undefined> => {
    for (let page = 1; page <= MAX_PAGES; page++) {
      const found = await call('GET', `${comments}?per_page=${PER_PAGE}&page=${page}`, listed);
      const own = found.find(
        ({ body, user }) => user?.login === AUTHOR && body?.startsWith(MARKER) === true,
      );
      if (own !== undefined || found.length < PER_PAGE) return own?.id;
    }
    return undefined;
  };
  const put = async (markdown: string, mayCreate: boolean): Promise<void> => {
    const body = { body: `${MARKER}\n${markdown}` };
    const id = await ours();
    if (id !== undefined) await call('PATCH', `/issues/comments/${id}`, z.unknown(), body);
    else if (mayCreate) await call('POST', comments, z.unknown(), body);
  };
  return {
    isOpen: async () => (await call('GET', `/pulls/${number}`, pull)).state === 'open',
    comment: (markdown) => put(markdown, true),
    updateComment: (markdown) => put(markdown, false),
  };
};

const pull = z.object({ state: z.enum(['open', 'closed']) });
const listed = z.array(
  z.object({
    id: z.number(),
    body: z.string().nullish(),
    user: z.object({ login: z.string() }).nullish(),
  }),
);
