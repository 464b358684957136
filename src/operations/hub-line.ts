// An engine's line to the hub. What happened to the stage stays written down until the hub has heard it; whether there is
// work is told with each change, and again from the engine's alarm.
import { z } from 'zod';

import { errorName } from '../lib/error-name.ts';
import { log } from '../lib/log.ts';
import type { HubDoor, StageFacts, StageNotice } from './hub-door.ts';

/** The one RunnerHub object. */
export const HUB_NAME = 'hub';

const UNTOLD = 'untold';

const factsSchema = z.object({
  isDeployed: z.boolean(),
  url: z.string().nullable(),
  updatedAt: z.string(),
});

export class HubLine {
  readonly #stage: string;
  readonly #storage: SyncKvStorage;
  readonly #hubs: DurableObjectNamespace<HubDoor> | undefined;
  /** What the hub was told last. At first it assumes that there is no work and no news. */
  #heard = JSON.stringify([false, undefined]);

  constructor(
    stage: string,
    storage: SyncKvStorage,
    hubs: DurableObjectNamespace<HubDoor> | undefined,
  ) {
    this.#stage = stage;
    this.#storage = storage;
    this.#hubs = hubs;
  }

  get isUntold(): boolean {
    return this.#hubs !== undefined && this.#untold() !== undefined;
  }

  note(facts: StageFacts): void {
    this.#storage.put(UNTOLD, facts);
  }

  /** Undefined where there is nothing new to tell. */
  tell(
    { version, hasWork }: Pick<StageNotice, 'version' | 'hasWork'>,
    isDue: boolean,
  ): Promise<void> | undefined {
    const facts = this.#untold();
    const news = JSON.stringify([hasWork, facts]);
    if (this.#hubs === undefined || (!isDue && news === this.#heard)) return undefined;
    this.#heard = news;
    return this.#send({ stage: this.#stage, version, hasWork, facts });
  }

  async cancel(operationId: string): Promise<void> {
    try {
      await this.#door()?.cancel(this.#stage, operationId);
    } catch (error) {
      // The runner hears of it with its next heartbeat.
      log('WARN', 'hub.unheard', { stage: this.#stage, error: errorName(error) });
    }
  }

  /** Undefined when nobody can say. */
  async runners(): Promise<number | undefined> {
    try {
      return await this.#door()?.runners();
    } catch {
      return undefined;
    }
  }

  async #send(notice: StageNotice): Promise<void> {
    try {
      await this.#door()?.tell(notice);
      // Unless there is later news by now.
      const isSame = JSON.stringify(this.#untold()) === JSON.stringify(notice.facts);
      if (notice.facts !== undefined && isSame) this.#storage.delete(UNTOLD);
    } catch (error) {
      this.#heard = '';
      log('WARN', 'hub.unheard', { stage: this.#stage, error: errorName(error) });
    }
  }

  #untold(): StageFacts | undefined {
    return factsSchema.optional().parse(this.#storage.get(UNTOLD));
  }

  #door() {
    return this.#hubs?.get(this.#hubs.idFromName(HUB_NAME));
  }
}
