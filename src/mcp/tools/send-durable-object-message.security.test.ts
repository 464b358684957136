import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { eventually } from '../../../test/kit/eventually.ts';
import { keeps } from '../../../test/kit/keeps.ts';
import { ask, callTool, refusal } from '../../../test/kit/mcp-calls.ts';
import { LEAK } from '../../../test/kit/odd-app.ts';
import { bearer } from '../../../test/kit/tokens.ts';
import { sendDurableObjectMessage } from './send-durable-object-message.ts';

const cloud = useCloud({ oddApp: true });
const NAME = 'send_durable_object_message';
const send = (args: Record<string, unknown>) => ask(cloud(), sendDurableObjectMessage, args);
const refuse = (args: Record<string, unknown>) => refusal(cloud(), NAME, args);

describe(NAME, () => {
  it('is for tokens that say so: reading is not enough', async () => {
    const args = { objectName: 'EchoDO', message: 'Hi.', instance: 'scopes' };
    for (const claims of [{}, { scope: 'infra:read workflow:trigger' }])
      expect((await refusal(cloud(), NAME, args, bearer(claims))).code).toBe('SCOPE_MISSING');
    expect((await send(args)).reply).toMatchObject({ count: 1 });
  });

  it('names the sender itself: a message cannot speak for another', async () => {
    const sender = bearer({ client_id: 'editor-7', scope: 'object:send' });
    const args = { objectName: 'EchoDO', message: '{"client":"shared-secret"}', instance: 'names' };
    const { reply } = await ask(cloud(), sendDurableObjectMessage, args, sender);
    expect(reply).toMatchObject({ from: { client: 'editor-7' } });
  });

  it('never logs a message or a reply', async () => {
    await send({ objectName: 'EchoDO', message: 'canary-message' });
    expect(cloud().logs.join('\n')).not.toContain('canary-message');
  });
});

describe('a class that answers badly', () => {
  it('is told apart when it takes no messages, with what a developer must do', async () => {
    const { code, message, next } = await refuse({ objectName: 'DeafDO', message: 'Hi.' });
    expect(code).toBe('RESOURCE_FAILED');
    expect(message).toStartWith('DeafDO takes no messages. Error id: ');
    expect(next).toContain('receiveMessage(message, sender)');
  });

  keeps(
    'errors.logs',
    'never has its own words passed on when it throws; the log has them',
    async () => {
      for (const objectName of ['ThrowingDO', 'BrokenDO']) {
        const result = await callTool(cloud(), NAME, { objectName, message: 'Hi.' });
        expect(JSON.stringify(result)).not.toContain(LEAK);
        expect(JSON.stringify(result)).not.toContain('hunter2');
        expect(result.content[0].text).toContain(
          `The Durable Object \\"${objectName}\\" failed to answer.`,
        );
      }
      const logged = await eventually(async () =>
        cloud().logs.find((line) => line.includes('tool.failed')),
      );
      expect(JSON.parse(logged)).toMatchObject({ level: 'ERROR', tool: NAME });
    },
  );

  it('may reply with 64 KiB and no more, and then says that the message was handled', async () => {
    const { reply } = await send({ objectName: 'TalkativeDO', message: '65534' });
    expect(reply).toBe('x'.repeat(65_534));
    const { code, message, next } = await refuse({ objectName: 'TalkativeDO', message: '65535' });
    expect(code).toBe('RESOURCE_FAILED');
    expect(message).toContain('handled the message');
    expect(next).toContain('Do not send it again');
  });

  it.each(['function', 'bigint', 'map', 'stream', 'nan', 'deep'])(
    'has or may have handled the message, and the answer says so: a reply with a %s',
    async (message) => {
      const result = await callTool(cloud(), NAME, { objectName: 'LiveDO', message });
      if (result.isError === true)
        expect(result.content[0].text).toMatch(/handled the message|may have been handled/);
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
