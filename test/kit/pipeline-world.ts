// The world of a pipeline's script in a test: nothing runs, time passes at once, and what was said can be read.
import type { PipelineWorld, Ran } from '../../ci/world.ts';
import { ADMIN_TOKEN, JWT_SECRET, RUNNER_TOKEN, SHARED_SECRET } from './tokens.ts';

export const PIPELINE_ENV: Readonly<Record<string, string>> = {
  CLOUDFLARE_API_TOKEN: 'an-api-token',
  CLOUDFLARE_ACCOUNT_ID: '0123456789abcdef0123456789abcdef',
  MCP_SHARED_SECRET: SHARED_SECRET,
  MCP_JWT_SECRET: JWT_SECRET,
  MCP_ADMIN_TOKEN: ADMIN_TOKEN,
  MCP_RUNNER_TOKEN: RUNNER_TOKEN,
  SETTLE_S: '0',
};

export interface ScriptedWorld extends PipelineWorld {
  readonly said: string[];
  readonly noted: string[];
  readonly outputs: Record<string, string>;
  readonly summaries: string[];
  /** The words of each run of Bun. */
  readonly ran: string[];
  readonly cancel: () => void;
}

type Runs = (line: string) => Partial<Ran> | undefined;

/** `runs` answers a run of Bun; without an answer it succeeds and says nothing. */
export const scriptedWorld = (
  env: Readonly<Record<string, string | undefined>> = PIPELINE_ENV,
  runs: Runs = () => undefined,
): ScriptedWorld => {
  const said: string[] = [];
  const noted: string[] = [];
  const summaries: string[] = [];
  const ran: string[] = [];
  const outputs: Record<string, string> = {};
  const stopping = new AbortController();
  let remembered: string | undefined;
  return {
    env,
    now: Date.now,
    drawId: () => crypto.randomUUID(),
    readInput: async () => '',
    readLine: async () => '',
    say: (text) => void said.push(text),
    note: (text) => void noted.push(text),
    bun: async (words) => {
      const line = words.join(' ');
      ran.push(line);
      return { code: 0, output: '', stdout: '', ...runs(line) };
    },
    pause: async () => {},
    output: (name, value) => {
      outputs[name] = value;
    },
    summary: (markdown) => void summaries.push(markdown),
    stop: stopping.signal,
    memory: {
      read: () => remembered,
      write: (text) => {
        remembered = text;
      },
    },
    said,
    noted,
    outputs,
    summaries,
    ran,
    cancel: () => stopping.abort(),
  };
};
