// Has GitHub run what no runner takes. From the engine's alarm and from no request: an alarm is not left by its caller, and
// comes again. What is due is decided in the transaction that writes it down, so that of two alarms one asks.
import { type GithubSettings, parseGithub } from '../contract/github.ts';
import type { DispatchSide } from './dispatch-side.ts';
import { askForRun } from './github-dispatch.ts';

/** Undefined where GitHub is not to be asked. With settings that are wrong the edge serves nothing anyway. */
export const dispatching = (env: object): GithubSettings | undefined => {
  const parsed = parseGithub({ ...env });
  return parsed.ok && parsed.value?.token !== undefined ? parsed.value : undefined;
};

export interface Dispatching {
  readonly dispatches: DispatchSide;
  /** How many runners are connected; undefined when nobody can say. */
  readonly runners: () => Promise<number | undefined>;
  readonly commit: <T>(work: (time: number) => T) => T;
}

export const askIfDue = async (
  github: GithubSettings | undefined,
  { dispatches, runners, commit }: Dispatching,
): Promise<void> => {
  if (github === undefined || !dispatches.isWaiting) return;
  const connected = await runners();
  const operationId = commit((time) => dispatches.ask(github, connected, time));
  if (operationId === undefined) return;
  const answer = await askForRun(github, operationId);
  commit((time) => dispatches.answered(github, operationId, answer, time));
};
