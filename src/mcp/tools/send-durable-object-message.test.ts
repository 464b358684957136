import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { ask, refusal } from '../../../test/kit/mcp-calls.ts';
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
