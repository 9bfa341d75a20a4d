/** Whether a command line is about a grid. */

/** Whether it says which Nucleus is meant; `orbit jobs` is then about the grid's jobs. */
export function namesNucleus(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  return options.some((arg) => arg === "--nucleus" || arg.startsWith("--nucleus="));
}

/** Commands that are about a grid whatever their options. */
const GRID_COMMANDS = ["stars", "tokens", "audit", "nucleus"];

/** Whether a whole line of `orbit` needs the network. */
export function needsNetwork(args: readonly string[]): boolean {
  return GRID_COMMANDS.includes(args[0]) || namesNucleus(args);
}
