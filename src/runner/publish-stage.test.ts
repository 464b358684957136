import { afterEach, describe, expect, it } from 'bun:test';

import type { PersistedState, StateService } from 'alchemy/State';
import * as Effect from 'effect/Effect';

import { RUNNER_TOKEN } from '../../test/kit/tokens.ts';
import { snapshotSchema } from '../contract/snapshot.ts';
import { publishStage } from './publish-stage.ts';

interface Heard {
  readonly authorization: string | null;
  readonly body: unknown;
}

const servers: Bun.Server<undefined>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true);
});

/** An MCP server, as far as publishing goes; it refuses the first so many times. */
const listen = (refusals = 0) => {
  const heard: Heard[] = [];
  let left = refusals;
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      if (new URL(request.url).pathname !== '/runner/snapshot')
        return new Response('', { status: 404 });
      if (left-- > 0) return new Response('not there yet', { status: 404 });
      const authorization = request.headers.get('authorization');
      heard.push({ authorization, body: await request.json() });
      return Response.json({ published: 1 });
    },
  });
  servers.push(server);
  return { url: `http://127.0.0.1:${server.port}`, heard };
};

const DEAD = 'http://127.0.0.1:1';
const SECRET = 'canary-7d1f0c9be2a84456';

const serverRow = (urls: readonly string[]) => ({
  fqn: 'ops',
  resourceType: 'Cloudflare.Worker',
  status: 'created',
  props: { env: { SECRET } },
  attr: { url: urls[0], urls, durableObjectNamespaces: { StageEngine: 'id' } },
  bindings: [
    {
      sid: 'STAGE_ENGINE',
      data: {
        bindings: [
          {
            type: 'durable_object_namespace',
            name: 'STAGE_ENGINE',
            class_name: 'StageEngine',
            className: 'StageEngine',
          },
        ],
      },
    },
  ],
});

/** Alchemy's store, with these rows by stage. */
const storeOf = (stages: Readonly<Record<string, readonly object[]>>): StateService => {
  const rows = (stage: string) => (stages[stage] ?? []) as (PersistedState & { fqn: string })[];
  const service: Pick<StateService, 'id' | 'list' | 'get' | 'getOutput'> = {
    id: 'test',
    list: ({ stage }) => Effect.succeed(rows(stage).map(({ fqn }) => fqn)),
    get: ({ stage, fqn }) => Effect.succeed(rows(stage).find((row) => row.fqn === fqn)),
    getOutput: () => Effect.succeed(undefined),
  };
  return service as StateService;
};

const publish = (stages: Parameters<typeof storeOf>[0], stage: string, hasSucceeded = true) =>
  Effect.runPromise(
    publishStage(storeOf(stages), {
      stack: 'shop',
      stage,
      hub: 'live',
      token: RUNNER_TOKEN,
      hasSucceeded,
      now: 1_000,
    }),
  );

describe('what a stage consists of', () => {
  it('is told to its own server and to the hub, and nothing else of the state', async () => {
    const [own, hub] = [listen(), listen()];
    const stages = { eu: [serverRow([own.url])], live: [serverRow([hub.url])] };
    expect(await publish(stages, 'eu')).toBeUndefined();
    for (const { heard } of [own, hub]) {
      expect(heard).toHaveLength(1);
      expect(heard[0]?.authorization).toBe(`Bearer ${RUNNER_TOKEN}`);
      const snapshot = snapshotSchema.parse(heard[0]?.body);
      expect(snapshot).toMatchObject({
        stack: 'shop',
        stage: 'eu',
        publishedAt: '1970-01-01T00:00:01.000Z',
      });
      expect(snapshot.resources.map(({ id }) => id)).toEqual(['ops']);
      expect(JSON.stringify(heard)).not.toContain(SECRET);
    }
  });

  it('is told once where the stage is the hub’s', async () => {
    const hub = listen();
    await publish({ live: [serverRow([hub.url])] }, 'live');
    expect(hub.heard).toHaveLength(1);
  });

  it('is told to the hub also when nothing is left of it', async () => {
    const hub = listen();
    expect(await publish({ live: [serverRow([hub.url])] }, 'eu')).toBeUndefined();
    expect(hub.heard[0]?.body).toMatchObject({ stage: 'eu', resources: [] });
  });

  it('reaches a server whose new domain does not answer yet, or which takes a moment itself', async () => {
    const own = listen(1);
    expect(await publish({ live: [serverRow([DEAD, own.url])] }, 'live')).toBeUndefined();
    expect(own.heard).toHaveLength(1);
  });

  it('goes along no redirect: the token is for the server that was deployed', async () => {
    const elsewhere = listen();
    const server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => Response.redirect(`${elsewhere.url}/runner/snapshot`, 307),
    });
    servers.push(server);
    const address = `http://127.0.0.1:${server.port}`;
    expect(await publish({ live: [serverRow([address])] }, 'live', false)).toContain('reached');
    expect(elsewhere.heard).toEqual([]);
  });

  it('is nobody’s to hear where there is no server yet', async () => {
    expect(await publish({}, 'eu')).toBeUndefined();
  });

  it('is told in vain to a server that does not answer, and a sentence says so; after a failed deploy at once', async () => {
    const problem = await publish({ live: [serverRow([DEAD])] }, 'live', false);
    expect(problem).toBe('The MCP server could not be reached to publish the state of its stage.');
  });
});
