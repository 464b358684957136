// May this person say yes to this operation? Never the one who asked for it, under either name.
import type { Refusal, Requester } from '../contract/operation.ts';

export const APPROVAL_LIFE_MS = 60 * 60_000;

export interface Yes {
  readonly approver: string;
  readonly digest: string;
}

export const refuseApproval = (
  { approver, digest }: Yes,
  { requester, planned }: { readonly requester: Requester; readonly planned: string | undefined },
): Refusal | undefined => {
  const name = personOf(approver);
  if (name === '' || [requester.client, requester.subject].some((own) => personOf(own) === name))
    return {
      code: 'APPROVAL_REFUSED',
      message: 'Whoever asked for an operation cannot approve it.',
    };
  if (planned === undefined || digest !== planned)
    return {
      code: 'APPROVAL_REFUSED',
      message: 'The digest is not that of the plan this operation was asked for with.',
      next: 'Read the operation again, review its plan, and approve with its digest.',
    };
  return undefined;
};

/** One person, however the name is written: the admin API puts `admin:` before it. */
const personOf = (name: string): string =>
  name
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/^admin:\s*/, '');
