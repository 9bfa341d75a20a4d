/** The options of `orbit nucleus`, and what it says about itself. */
import type { Option } from "#core/program/arguments/option.ts";
import type { CommandDescription } from "#core/program/help.ts";
import { type ConnectionSettings, trustOptions } from "./connection.ts";

/** What can be done. */
export const NUCLEUS_VERBS = ["show", "add", "remove"] as const;

/** What the options add up to. */
export interface NucleusSettings {
  connection: ConnectionSettings;
  json: boolean;
}

const group = "Options";

/** Options of `orbit nucleus`. */
export const nucleusOptions: readonly Option<NucleusSettings>[] = [
  ...trustOptions<NucleusSettings>(({ connection }) => connection),
  {
    name: "json",
    group,
    help: "one JSON object on standard output",
    apply: (settings) => settings.json = true,
  },
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help of `orbit nucleus`. */
export const nucleusDescription: CommandDescription = {
  name: "nucleus",
  summary: "keep the Nucleus that orbit stars, tokens and jobs talk to",
  forms: ["[show]", "add URL --fingerprint=HEX [--token-file=FILE]", "remove"],
  about: [
    "add keeps a Nucleus, how to know it and an API token, in files that only you can read, so " +
    "that --nucleus isn't needed any more. It asks the Nucleus first whether the token is good. " +
    "Without --token-file the token is read from standard input.",
  ],
  options: nucleusOptions,
  examples: [
    {
      does: "Keep one; the fingerprint is what orbit-nucleus init printed",
      line: "orbit nucleus add https://nucleus.lan --fingerprint=1f3a… < admin.token",
    },
    { does: "Then, from now on", line: "orbit stars" },
  ],
  completes: "none",
  verbs: NUCLEUS_VERBS,
};
