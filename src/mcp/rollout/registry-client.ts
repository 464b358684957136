// A stage's rollout registry, as far as the edge and the admin API use it.
import type { Result } from '../../lib/result.ts';
import type { Flags, HistoryEntry, Setting } from './flags.ts';
import type { HistoryPage } from './history.ts';
import type { RolloutRegistry, SettingChange } from './rollout-registry.ts';

export interface Registry {
  read(tools: readonly string[]): Promise<Flags>;
  setting(): Promise<Setting>;
  put(change: SettingChange): Promise<Result<Setting, Setting>>;
  history(page: HistoryPage): Promise<HistoryEntry[]>;
}

export const rolloutRegistry = (
  registries: DurableObjectNamespace<RolloutRegistry>,
  stage: string,
): Registry => {
  // A fresh stub each time: one whose object has failed is of no more use.
  const registry = () => registries.get(registries.idFromName(stage));
  return {
    read: (tools) => registry().read(tools),
    setting: () => registry().setting(),
    put: (change) => registry().put(change),
    history: (page) => registry().history(page),
  };
};
