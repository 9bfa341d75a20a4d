/** Whether a command line is about a grid. */

/** Whether it says which Nucleus is meant. */
export function namesNucleus(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  return options.some((arg) => arg === "--nucleus" || arg.startsWith("--nucleus="));
}

/** What is done with a grid's jobs only; `orbit jobs` without a Nucleus knows none of these. */
const GRID_VERBS = ["run", "watch", "results", "pause"];

/** Whether a line of `orbit jobs` is about a grid's jobs: it names the Nucleus, or says so itself. */
export function namesGridJobs(args: readonly string[]): boolean {
  const verb = args.find((arg) => !arg.startsWith("-"));
  return namesNucleus(args) || (verb !== undefined && GRID_VERBS.includes(verb));
}

/** Whether a line of `orbit sync` is about places on Stars: `nas-1:/data`. */
export function namesStars(args: readonly string[]): boolean {
  return args.some((arg) => STAR_PLACE.test(arg));
}

const STAR_PLACE = /^[a-z0-9][a-z0-9-]{0,62}:\//;

/** Commands that are about a grid whatever their options. */
const GRID_COMMANDS = ["stars", "tokens", "audit", "nucleus"];

/** Whether a whole line of `orbit` needs the network. */
export function needsNetwork(args: readonly string[]): boolean {
  return GRID_COMMANDS.includes(args[0]) || namesNucleus(args) ||
    (args[0] === "jobs" && namesGridJobs(args.slice(1))) ||
    (args[0] === "sync" && namesStars(args));
}
