// The last net under texts we did not write, on their way to the log: error messages can quote a token or a secret.

const MIN_LENGTH = 6;
const JWT = /\beyJ[\w-]{4,}\.[\w-]+\.[\w-]*/g;
const CREDENTIAL = /\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi;
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g;

/** Replaces the given secrets, in the forms they travel in, and whatever looks like a credential. */
export const createRedactor = (secrets: readonly string[]) => {
  const forms = secrets
    .flatMap((secret) =>
      secret.length < MIN_LENGTH
        ? []
        : [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)],
    )
    .toSorted((a, b) => b.length - a.length);
  return (text: string): string =>
    forms
      .reduce((redacted, form) => redacted.replaceAll(form, '(secret)'), text)
      .replaceAll(PRIVATE_KEY, '(secret)')
      .replaceAll(JWT, '(secret)')
      .replaceAll(CREDENTIAL, '$1 (secret)')
      .replaceAll(USER_INFO, '$1(secret)@');
};
