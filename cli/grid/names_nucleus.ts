/** Whether a command line is about a grid. */

/** Whether it says which Nucleus is meant; `orbit jobs` is then about the grid's jobs. */
export function namesNucleus(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  return options.some((arg) => arg === "--nucleus" || arg.startsWith("--nucleus="));
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
    (args[0] === "sync" && namesStars(args));
}
