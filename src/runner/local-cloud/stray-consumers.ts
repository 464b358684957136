// A killed operation may have registered a queue's consumer with the local cloud and not lived to write its row. The next
// deploy would register another one, and workerd does not start a Worker that consumes one queue twice.
import { Consumer } from 'alchemy/Cloudflare/Queues';
import { findProvider } from 'alchemy/Provider';
import * as Effect from 'effect/Effect';

import { fieldsOf } from '../narrow.ts';
import type { StateRow } from '../projection.ts';

/** Only for whoever holds the stage, whose `rows` these are: nobody else registers consumers of its queues. */
export const sweepStrayConsumers = (rows: readonly StateRow[]) =>
  Effect.gen(function* () {
    const valuesOf = (name: string) => new Set(rows.map(({ attr }) => fieldsOf(attr)[name]));
    const [queues, kept] = [valuesOf('queueId'), valuesOf('consumerId')];
    const provider = yield* findProvider(Consumer, 'local');
    for (const output of yield* provider.list()) {
      if (!queues.has(output.queueId) || kept.has(output.consumerId)) continue;
      const { consumerId: id, queueId, scriptName } = output;
      const session = { note: () => Effect.void, emit: () => Effect.void, done: () => Effect.void };
      const olds = { queueId, scriptName };
      yield* provider.delete({ id, fqn: id, instanceId: id, olds, output, session, bindings: [] });
    }
  });
