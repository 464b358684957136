// A deploy that is not begun, with the reason. Alchemy's commands print it in one line; our runner tells it as the reason of
// the failure.
import { UserFacingError } from 'alchemy/UserFacingError';
import * as Data from 'effect/Data';
import * as Effect from 'effect/Effect';

class NotDeployable extends Data.TaggedError('NotDeployable')<{ readonly message: string }> {
  readonly [UserFacingError] = true;
}

export const refuse = (problem: string) =>
  Effect.die(new NotDeployable({ message: `${problem} Nothing was changed.` }));
