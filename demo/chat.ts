// One conversation per instance, kept in the object's own SQLite.
import { DurableObject } from 'cloudflare:workers';

import type { Env } from './env.ts';

export class ChatDO extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, sender TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL)',
    );
  }

  /** Adds a message to the conversation; answers with where it stands in it. This is what MCP delivers to. */
  receiveMessage(text: string, sender: { readonly client: string }) {
    const at = new Date().toISOString();
    this.#sql.exec(
      'INSERT INTO messages (sender, text, at) VALUES (?, ?, ?)',
      sender.client,
      text,
      at,
    );
    const { total, senders } = this.#sql
      .exec<{ total: number; senders: number }>(
        'SELECT count(*) AS total, count(DISTINCT sender) AS senders FROM messages',
      )
      .one();
    return {
      text: `Message ${total} of this conversation.`,
      messages: total,
      participants: senders,
      recent: this.recent(),
    };
  }

  /** The latest messages, oldest first. */
  recent(limit = 5) {
    return this.#sql
      .exec<{ id: number; sender: string; text: string; at: string }>(
        'SELECT id, sender, text, at FROM messages ORDER BY id DESC LIMIT ?',
        limit,
      )
      .toArray()
      .toReversed();
  }
}
