/** The command line of the demo. */

/** How the demo is to run. */
export interface DemoSettings {
  /** It ends after its summary. */
  once: boolean;
  /** One JSON object a line on standard output. */
  json: boolean;
  help: boolean;
}

/** What `--help` prints. */
export const HELP = `deno task demo: see Orbit work, on this machine alone

Usage: deno task demo [--once] [--json]

Starts a Nucleus and two Stars as processes of their own on 127.0.0.1, lets the
Stars join, makes sample data, and syncs it from Star to Star. Then it changes
some files, damages one, and has Orbit find and repair it. The grid stays up for
you to try until ^C. Everything is in one temporary folder (below $TMPDIR, else
/tmp; 200 MB), which is removed at the end.

Options:
      --once   end after the summary
      --json   one JSON object a line on standard output, for programs
  -h, --help   show this help

Exit status 0 when all went well, 1 for a wrong option, 11 when something
failed, 20 when it was interrupted before its summary.
`;

/** The settings, or the line that says what is wrong. */
export function parseArguments(args: readonly string[]): DemoSettings | string {
  const settings: DemoSettings = { once: false, json: false, help: false };
  for (const arg of args) {
    if (arg === "--once") settings.once = true;
    else if (arg === "--json") settings.json = true;
    else if (arg === "--help" || arg === "-h") settings.help = true;
    else return `demo: ${JSON.stringify(arg)}: it takes --once, --json and --help`;
  }
  return settings;
}
