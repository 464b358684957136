// Onboards a user in steps that survive a crash, and writes each to D1 as it is done.
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';

import type { Env } from './env.ts';

interface Params {
  readonly userId: string;
}

export class OnboardingWorkflow extends WorkflowEntrypoint<Env, Params> {
  override async run(event: WorkflowEvent<Params>, step: WorkflowStep) {
    const { userId } = event.payload;
    if (typeof userId !== 'string' || userId === '')
      throw new Error('OnboardingWorkflow needs params.userId.');
    const { instanceId } = event;

    const user = await step.do('find-user', async () => {
      const found = await this.env.DB.prepare('SELECT name, plan FROM users WHERE id = ?')
        .bind(userId)
        .first<{ name: string; plan: string }>();
      await this.#record(
        instanceId,
        userId,
        'find-user',
        found === null ? 'not a known user' : found.name,
      );
      return { name: found?.name ?? null };
    });

    const folder = await step.do('create-folder', async () => {
      const key = `uploads/${userId}/welcome.txt`;
      await this.env.STORAGE.put(key, `Welcome, ${user.name ?? userId}.\n`);
      await this.#record(instanceId, userId, 'create-folder', key);
      return { key };
    });

    await step.do('queue-mail', async () => {
      await this.env.JOBS.send({ id: `${instanceId}-mail`, kind: 'welcome-mail', userId });
      await this.#record(instanceId, userId, 'queue-mail', 'queued');
    });

    return { userId, user: user.name, folder: folder.key };
  }

  /** A step may run again after a crash, so its row is written once per instance and step. */
  async #record(instanceId: string, userId: string, name: string, result: string): Promise<void> {
    await this.env.DB.prepare(
      'INSERT OR REPLACE INTO onboarding_steps (instance_id, user_id, step, result, done_at) VALUES (?, ?, ?, ?, ?)',
    )
      .bind(instanceId, userId, name, result, new Date().toISOString())
      .run();
  }
}
