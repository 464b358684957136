// May this person say yes to this operation? Never the one who asked for it, under either name.
import type { Refusal, Requester } from '../../contract/operation.ts';

export const APPROVAL_LIFE_MS = 60 * 60_000;

export interface Yes {
  readonly approver: string;
  readonly digest: string;
}

export interface ApprovalFacts {
  readonly requester: Requester;
  /** The digest of the plan that was asked for with. */
  readonly planned: string | undefined;
}

type Gate = (yes: Yes, facts: ApprovalFacts) => Refusal | undefined;

export const refuseApprovalBy =
  (gates: Readonly<Record<string, Gate>>) =>
  (yes: Yes, facts: ApprovalFacts): Refusal | undefined => {
    for (const gate of Object.values(gates)) {
      const refusal = gate(yes, facts);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };

const otherPerson: Gate = ({ approver }, { requester }) => {
  const name = personOf(approver);
  return name === '' || [requester.client, requester.subject].some((own) => personOf(own) === name)
    ? { code: 'APPROVAL_REFUSED', message: 'Whoever asked for an operation cannot approve it.' }
    : undefined;
};

const sameDigest: Gate = ({ digest }, { planned }) =>
  planned === undefined || digest !== planned
    ? {
        code: 'APPROVAL_REFUSED',
        message: 'The digest is not that of the plan this operation was asked for with.',
        next: 'Read the operation again, review its plan, and approve with its digest.',
      }
    : undefined;

/** One person, however the name is written: the admin API puts `admin:` before it. */
const personOf = (name: string): string =>
  name
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/^admin:\s*/, '');

export const APPROVAL_GATES = { otherPerson, sameDigest } as const satisfies Record<string, Gate>;

export const refuseApproval = refuseApprovalBy(APPROVAL_GATES);
