// What the registry tells: the setting with its history to the admin API, and to the edge what one decision needs.
import { type OtherFlags, PERCENTAGE_KEY, TESTERS_KEY, toolKey } from './kv-flags.ts';
import { type Share, shareOf } from './percentage.ts';
import type { RolloutState } from './reconcile.ts';
import { parseTesters } from './testers.ts';

export type Source = RolloutState['source'];

export interface Setting extends Share {
  readonly source: Source;
  /** ISO 8601; absent while nobody has set anything. */
  readonly updatedAt?: string;
  readonly updatedBy?: string;
  readonly etag: string;
}

/** All that an isolate remembers. */
export interface Flags {
  readonly setting: Setting;
  readonly testers: readonly string[];
  /** The tools that are not open to all, and to how many they are. */
  readonly tools: ReadonlyMap<string, number>;
  /** What an operator should know, in sentences that all may read. */
  readonly problems: readonly string[];
}

/** One change: who made it, when, from what, to what. */
export interface HistoryEntry {
  readonly version: number;
  readonly at: string;
  readonly by: string;
  readonly source: Source;
  readonly from: number;
  readonly to: number;
  readonly problem?: string;
}

/** Open to all, where neither KV nor the `DARK_LAUNCH_DEFAULT` setting says anything. */
const EVERYBODY = '100';

export const settingOf = (state: RolloutState, byDefault = EVERYBODY): Setting => ({
  ...(state.text === null
    ? shareOf('DARK_LAUNCH_DEFAULT', byDefault)
    : shareOf(PERCENTAGE_KEY, state.text)),
  source: state.source,
  ...((state.source !== 'default' || state.version > 1) && {
    updatedAt: new Date(state.updatedAt).toISOString(),
    updatedBy: state.updatedBy,
  }),
  etag: `"${state.version}"`,
});

export const flagsOf = (setting: Setting, others: OtherFlags, asked: readonly string[]): Flags => {
  const testers = parseTesters(TESTERS_KEY, others.testers ?? '');
  const tools = asked.map((tool) => ({ tool, ...shareOfTool(tool, others.tools.get(tool)) }));
  return {
    setting,
    testers: testers.clients,
    tools: new Map(
      tools.flatMap(({ tool, percentage }) => (percentage === 100 ? [] : [[tool, percentage]])),
    ),
    problems: [setting, testers, ...tools].flatMap(({ problem }) => problem ?? []),
  };
};

/** Absent is open. What could never be read is not known to be absent. */
const shareOfTool = (tool: string, text: string | null | undefined): Share => {
  if (text === null) return { percentage: 100 };
  return text === undefined
    ? { percentage: 0, problem: `${toolKey(tool)} could not be read yet; it counts as 0.` }
    : shareOf(toolKey(tool), text);
};
