import { KEY_LIST } from '../../contract/key-ring.ts';
import { OPTIONAL_SECRETS, REQUIRED_SECRETS } from '../../contract/server-secrets.ts';

/** Every secret that is drawn and rotated here, by the name of its variable. */
export const SECRET_NAMES = [...REQUIRED_SECRETS, KEY_LIST, ...OPTIONAL_SECRETS] as const;
