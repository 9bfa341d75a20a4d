/** The options of `orbit doctor`, and what it says about itself. */
import type { Option } from "#core/program/arguments/option.ts";
import type { CommandDescription } from "#core/program/help.ts";

/** What the options add up to. */
export interface DoctorSettings {
  json: boolean;
}

const group = "Options";

/** Options of `orbit doctor`. */
export const doctorOptions: readonly Option<DoctorSettings>[] = [
  {
    name: "json",
    group,
    help: "one JSON object on standard output",
    apply: (settings) => settings.json = true,
  },
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help and completions of `orbit doctor`. */
export const doctorDescription: CommandDescription = {
  name: "doctor",
  summary: "check what orbit can do here, and what is broken",
  forms: ["[--json]"],
  about: [
    "Looks at the runtime, the system and Orbit's own state, and says of each whether it is fine " +
    "(ok), works with a limit (note), or is broken. Exit status 23 when something is broken.",
  ],
  options: doctorOptions,
  examples: [
    { does: "Look", line: "orbit doctor" },
    { does: "For a bug report", line: "orbit doctor --json" },
  ],
  completes: "none",
};
