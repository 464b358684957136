// What the stack has besides while it is operated on Cloudflare: canaries that nobody may read, and in staging a namespace
// whose title somebody else may have given to his own.

/** Of the app: a secret, and a plain variable that nobody needs to read either. */
export const LICENSE = 'canary-license-5b8e0f7a1c';
export const NOTE = 'canary-note-d93c5e21b0';

/** alchemy.run.ts with them; their values come from the environment. */
export const withCanaries = (text: string): string =>
  text
    .replace(
      "import * as Effect from 'effect/Effect';",
      "$&\nimport * as Redacted from 'effect/Redacted';",
    )
    .replace(
      'DB: db,',
      "$& LICENSE: Redacted.make(process.env['DEMO_LICENSE'] ?? ''), NOTE: process.env['DEMO_NOTE'] ?? '',",
    )
    .replace(
      '// The sample app',
      "if (stage === 'staging') yield* Cloudflare.KV.Namespace('extra', { title: 'shared' });\n$&",
    );
