/** Whose fault a message is that can't be: every check of what arrives ends in one of these. */
import { OrbitError } from "#core/errors.ts";

/** Makes the error for a field that can't be what it is. */
export type Blame = (field: string, trouble: string) => OrbitError;

/** For what a Star answers. */
export function blameStar(name: string): Blame {
  return (field, trouble) =>
    new OrbitError("corrupt", `read answer of Star ${JSON.stringify(name)}: ${field}: ${trouble}`);
}

/** For what a Star is asked. */
export const blameRequest: Blame = (field, trouble) =>
  new OrbitError("invalid", `read request: ${field}: ${trouble}`);

/** For what this program itself is about to send. */
export const blameArgument: Blame = (field, trouble) =>
  new OrbitError("invalid", `send request: ${field}: ${trouble}`);
