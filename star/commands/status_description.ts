/** The options of `orbit-star status`, and what it says about itself. */
import type { Option } from "#core/program/arguments/option.ts";
import type { CommandDescription } from "#core/program/help.ts";
import type { RunOptions } from "../run/settings.ts";
import { placeOptions } from "./run_description.ts";

/** What the options add up to. */
export interface StatusSettings extends Pick<RunOptions, "config" | "state"> {
  json: boolean;
}

/** Options of `orbit-star status`. */
export const statusOptions: readonly Option<StatusSettings>[] = [
  ...placeOptions,
  {
    name: "json",
    group: "Options",
    help: "one JSON object on standard output",
    apply: (settings) => settings.json = true,
  },
  { name: "help", short: "h", group: "Options", help: "show this help", apply: () => {} },
];

/** Help of `orbit-star status`. */
export const statusDescription: CommandDescription = {
  program: "orbit-star",
  name: "status",
  summary: "tell how the Star on this machine is",
  forms: ["[--state=DIR] [--json]"],
  about: [
    "Tells whether the Star runs and is connected, what its Nucleus makes of it, which places it " +
    "serves and how full they are, which walls stand around its files, and until when its " +
    "certificate holds. Figures are at most half a minute old.",
    "Exit status 0 when the Star is connected, 11 when it isn't or doesn't run, 3 when this " +
    "machine hasn't joined a grid.",
  ],
  options: statusOptions,
  examples: [
    { does: "Look", line: "orbit-star status" },
    { does: "For a monitor", line: "orbit-star status --json" },
  ],
  completes: "none",
};
