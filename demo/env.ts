import type { ChatDO } from './chat.ts';

/** What `alchemy.run.ts` binds to the sample app. */
export interface Env {
  readonly DB: D1Database;
  readonly STORAGE: R2Bucket;
  readonly CACHE: KVNamespace;
  readonly JOBS: Queue<Job>;
  readonly CHAT: DurableObjectNamespace<ChatDO>;
  readonly ONBOARDING: Workflow<{ readonly userId: string }>;
}

export interface Job {
  readonly id: string;
  readonly kind: 'welcome-mail';
  readonly userId: string;
}
