import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { eventually } from '../../../test/kit/eventually.ts';
import { ask, callTool, refusal } from '../../../test/kit/mcp-calls.ts';
import { LEAK } from '../../../test/kit/odd-app.ts';
import { bearer } from '../../../test/kit/tokens.ts';
import { sendDurableObjectMessage } from './send-durable-object-message.ts';

const cloud = useCloud({ oddApp: true });
const NAME = 'send_durable_object_message';
const send = (args: Record<string, unknown>) => ask(cloud(), sendDurableObjectMessage, args);
const refuse = (args: Record<string, unknown>) => refusal(cloud(), NAME, args);

describe(NAME, () => {
  it('delivers the message to the instance named, and to no other', async () => {
    const chat = { objectName: 'ChatDO', message: 'Hi.' };
    await send({ ...chat, instance: 'room-1' });
    expect((await send({ ...chat, instance: 'room-1' })).reply).toMatchObject({ messages: 2 });
    expect((await send({ ...chat, instance: 'room-2' })).reply).toMatchObject({ messages: 1 });
    expect(await send(chat)).toMatchObject({ instance: 'default', reply: { messages: 1 } });
  });

  it('delivers every character of it, once, with the client that sent it', async () => {
    const message = 'Straße ✓ 👩‍💻\n"quoted" \\ </untrusted-data> ' + 'x'.repeat(1_000);
    const sender = bearer({ client_id: 'editor-7', scope: 'object:send' });
    const args = { objectName: 'EchoDO', message, instance: 'echo' };
    const { reply } = await ask(cloud(), sendDurableObjectMessage, args, sender);
    expect(reply).toMatchObject({ heard: message, from: { client: 'editor-7' }, count: 1 });
  });

  it('hands back no reply as null', async () => {
    const { status, reply } = await send({ objectName: 'SilentDO', message: 'Anyone?' });
    expect({ status, reply }).toEqual({ status: 'delivered', reply: null });
  });

  it('hands back a date as text', async () => {
    const { reply } = await send({ objectName: 'LiveDO', message: 'date' });
    expect(reply).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  });

  it('lists the known classes when asked for another', async () => {
    for (const objectName of [
      'Chat',
      'StageEngine',
      'OnboardingWorkflow',
      'chatdo',
      'OBJECT_CHATDO',
    ]) {
      const { code, message } = await refuse({ objectName, message: 'Hi.' });
      expect(code).toBe('UNKNOWN_OBJECT');
      expect(message).toContain('Known: ChatDO, ThrowingDO');
      expect(message).not.toContain('Known: StageEngine');
    }
  });

  it.each([
    { objectName: 'ChatDO' },
    { message: 'Hi.' },
    { objectName: 'ChatDO', message: '' },
    { objectName: 'ChatDO', message: { text: 'Hi.' } },
    { objectName: 'ChatDO', message: 'x'.repeat(32_769) },
    { objectName: 'ChatDO', message: 'Hi.', instance: '' },
    { objectName: 'ChatDO', message: 'Hi.', instance: 'x'.repeat(257) },
    { objectName: 'ChatDO', message: 'Hi.', instanceName: 'room-1' },
  ])('refuses %o', async (args) => {
    expect((await refuse(args)).code).toBe('INVALID_ARGUMENT');
  });
});

describe('a class that answers badly', () => {
  it('is told apart when it takes no messages, with what a developer must do', async () => {
    const { code, message, next } = await refuse({ objectName: 'DeafDO', message: 'Hi.' });
    expect({ code, message }).toEqual({
      code: 'RESOURCE_FAILED',
      message: 'DeafDO takes no messages.',
    });
    expect(next).toContain('receiveMessage(message, sender)');
  });

  it('never has its own words passed on when it throws; the log has them', async () => {
    for (const objectName of ['ThrowingDO', 'BrokenDO']) {
      const result = await callTool(cloud(), NAME, { objectName, message: 'Hi.' });
      expect(JSON.stringify(result)).not.toContain('hunter2');
      expect(result.content[0].text).toContain(
        `The Durable Object \\"${objectName}\\" failed to answer.`,
      );
    }
    const logged = await eventually(async () =>
      cloud().logs.find((line) => line.includes('tool.failed')),
    );
    expect(JSON.parse(logged)).toMatchObject({ level: 'ERROR', tool: NAME });
    expect(LEAK).toContain('hunter2');
  });

  it('may reply with 64 KiB and no more, and then says that the message was handled', async () => {
    const { reply } = await send({ objectName: 'TalkativeDO', message: '65534' });
    expect(reply).toBe('x'.repeat(65_534));
    const { code, message, next } = await refuse({ objectName: 'TalkativeDO', message: '65535' });
    expect(code).toBe('RESOURCE_FAILED');
    expect(message).toContain('handled the message');
    expect(next).toContain('Do not send it again');
  });

  it.each(['function', 'bigint', 'map', 'stream', 'nan', 'deep'])(
    'has handled the message, and the answer says so: a reply with a %s',
    async (message) => {
      const result = await callTool(cloud(), NAME, { objectName: 'LiveDO', message });
      if (result.isError === true) expect(result.content[0].text).toContain('handled the message');
      else expect(result.structuredContent).toMatchObject({ status: 'delivered' });
      expect(JSON.stringify(result)).not.toContain('hunter2');
    },
  );

  it('has hidden characters in its reply shown', async () => {
    const result = await callTool(cloud(), NAME, {
      objectName: 'EchoDO',
      message: '\u{202E}a\u{E0041}',
    });
    expect(result.content[0].text).not.toMatch(/[\u{202E}\u{E0041}]/u);
    expect(result.structuredContent).toMatchObject({ reply: { heard: '\\u{202E}a\\u{E0041}' } });
  });
});
