// Asks GitHub to run the workflow for one operation. It never throws, never follows a redirect with the token, and passes on
// nothing of GitHub's answer but the run's number; the sentences are its own.
// https://docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event
import { z } from 'zod';

import type { GithubSettings } from '../contract/github.ts';
import { parseJson } from '../lib/json.ts';
import { readBounded } from '../lib/read-bounded.ts';
import type { Answer } from './rules/dispatch-rule.ts';

const API = 'https://api.github.com';
const API_VERSION = '2022-11-28';
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 64 * 1_024;
const MAX_RETRY_AFTER_MS = 5 * 60_000;

const runSchema = z.object({ workflow_run_id: z.int().positive() });

type Fetch = (address: string, init: RequestInit) => Promise<Response>;

export const askForRun = async (
  github: GithubSettings,
  operationId: string,
  fetch: Fetch = (address, init) => globalThis.fetch(address, init),
): Promise<Answer> => {
  const { repository, workflow, ref, token = '' } = github;
  try {
    const response = await fetch(
      `${API}/repos/${repository}/actions/workflows/${workflow}/dispatches`,
      {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          Authorization: `Bearer ${token}`,
          Accept: 'application/vnd.github+json',
          'Content-Type': 'application/json',
          'User-Agent': 'alchemy-mcp-worker',
          'X-GitHub-Api-Version': API_VERSION,
        },
        body: JSON.stringify({ ref, inputs: { operation: operationId }, return_run_details: true }),
      },
    );
    const text = await readBounded(response, MAX_BYTES).catch(() => undefined);
    return response.ok ? accepted(text) : answerTo(response, github);
  } catch {
    return { kind: 'unanswered' };
  }
};

/** 200 names the run; 204, as GitHub answered before 2026, does not. */
const accepted = (text: string | undefined): Answer => {
  const run = runSchema.safeParse(parseJson(text)).data;
  return { kind: 'accepted', ...(run && { runId: String(run.workflow_run_id) }) };
};

const answerTo = ({ status, headers }: Response, github: GithubSettings): Answer => {
  const isTooMuch = status === 429 || (status === 403 && isLimited(headers));
  if (!isTooMuch && status < 500) return { kind: 'refused', reason: reasonOf(status, github) };
  const retryAfterMs = Number(headers.get('retry-after')) * 1_000;
  const reason = isTooMuch
    ? 'GitHub takes no more requests with MCP_GITHUB_TOKEN for now.'
    : `GitHub is out of order (status ${status}).`;
  return {
    kind: 'busy',
    reason,
    ...(retryAfterMs > 0 && { retryAfterMs: Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) }),
  };
};

const isLimited = (headers: Headers): boolean =>
  headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0';

const reasonOf = (status: number, { repository, workflow, ref }: GithubSettings): string => {
  switch (status) {
    case 401:
      return 'GitHub does not take MCP_GITHUB_TOKEN: it is wrong, revoked or expired.';
    case 403:
      return `MCP_GITHUB_TOKEN may not start workflows of ${repository}: it needs "Actions: read and write" there.`;
    case 404:
      return `MCP_GITHUB_TOKEN reaches no workflow ${workflow} in ${repository}.`;
    case 422:
      return `GitHub cannot start ${workflow} on branch ${ref} of ${repository}: the file must be on that branch, be enabled, and have workflow_dispatch with the input "operation".`;
    default:
      return `GitHub answered status ${status} for ${repository}; it may have another name by now.`;
  }
};
