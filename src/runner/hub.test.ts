import { afterEach, beforeEach, describe, expect, it } from 'bun:test';

import { eventually } from '../../test/kit/eventually.ts';
import { sharedToken } from './credential.ts';
import { openHub } from './hub.ts';
import { type ScriptedHub, startScriptedHub } from './scripted-hub.fixture.ts';

let server: ScriptedHub;
beforeEach(() => {
  server = startScriptedHub();
});
afterEach(() => server[Symbol.asyncDispose]());

describe('the line to the hub', () => {
  it('is opened anew when the greeting stays unanswered', async () => {
    server.ignore.add('hello');
    let isConnected = false;
    const hub = openHub({
      url: server.url,
      credential: sharedToken(server.token),
      mode: 'local',
      answerMs: 100,
      onCall: () => {},
      onConnected: (now) => {
        isConnected = now;
      },
    });
    try {
      await eventually(async () => (server.connections >= 2 ? true : undefined));
      server.ignore.clear();
      await eventually(async () => (isConnected ? true : undefined));
    } finally {
      hub.close();
    }
    expect(server.asked.every(({ ask }) => ask === 'hello')).toBe(true);
  });
});
