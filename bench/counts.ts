// How often a request goes to a Durable Object or to KV: counted, not measured.
import { z } from 'zod';

import { type Contender, freshClient, startContender } from './contenders.ts';
import { load } from './load.ts';
import { bearerOf, requestOf } from './requests.ts';

const countsSchema = z.record(z.string(), z.number());

export type Counts = z.output<typeof countsSchema>;

export interface CountedRequests {
  /** The very first of an isolate. */
  readonly first: Counts;
  /** All that followed within the time a flag or a limit is remembered. */
  readonly later: Counts;
  readonly laterRequests: number;
}

const LATER = 200;

export const countRequests = async (): Promise<CountedRequests> => {
  await using contender = await startContender('counted');
  const headers = bearerOf(freshClient());
  const requests = [requestOf('list', 'modern', headers), requestOf('call', 'legacy', headers)];
  await countsOf(contender);
  const send = (total: number) =>
    load({ target: contender.target, requests, connections: 1, total });
  await send(1);
  const first = await countsOf(contender);
  await send(LATER);
  return { first, later: await countsOf(contender), laterRequests: LATER };
};

const countsOf = async ({ cloud }: Contender): Promise<Counts> =>
  countsSchema.parse(await (await cloud.fetch('/counts')).json());
