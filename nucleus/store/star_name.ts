/** Names of Stars and constellations. */
import { OrbitError } from "#core/errors.ts";

const MAX_LENGTH = 63;
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The constellation of Stars that are given no other. */
export const DEFAULT_CONSTELLATION = "default";

/** What the Nucleus's own disks are called, so that no Star can be. */
const NUCLEUS = "nucleus";

/**
 * Checks a name.
 *
 * @param what What it names: `Star` or `constellation`.
 * @throws {OrbitError} `invalid` unless it has 1 to 63 of `a-z`, `0-9` and `-`, the first no `-`;
 * for a Star called `nucleus`.
 */
export function parseName(text: string, what: "Star" | "constellation"): string {
  if (what === "Star" && text === NUCLEUS) {
    throw new OrbitError(
      "invalid",
      `name Star "${NUCLEUS}": the Nucleus's own disks are called so`,
    );
  }
  if (NAME.test(text)) return text;
  throw new OrbitError(
    "invalid",
    `name ${what} ${JSON.stringify(text.slice(0, MAX_LENGTH))}: ` +
      `a name is 1 to ${MAX_LENGTH} of a-z, 0-9 and "-", and doesn't begin with "-"`,
  );
}

/** The name that is most like what a machine calls itself; any text will do. */
export function toName(hostname: string): string {
  const label = hostname.slice(0, 255).toLowerCase().split(".")[0];
  const name = label.replaceAll(/[^a-z0-9]+/g, "-").replace(/^-+/, "").slice(0, MAX_LENGTH);
  return name.replace(/-+$/, "") || "star";
}

/**
 * The name itself when nobody has it; else with `-2`, `-3`…, shortened where it must be. Asks a
 * number of times that grows with the logarithm of how many have it: a thousand machines may all
 * be called `localhost`.
 */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  if (name !== NUCLEUS && !isTaken(name)) return name;
  const numbered = (n: number) => name.slice(0, MAX_LENGTH - `-${n}`.length) + `-${n}`;
  let taken = 1, free = 2;
  while (isTaken(numbered(free))) [taken, free] = [free, free * 2];
  while (free - taken > 1) {
    const middle = (free + taken) >> 1;
    if (isTaken(numbered(middle))) taken = middle;
    else free = middle;
  }
  return numbered(free);
}
