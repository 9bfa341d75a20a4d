/** What `orbit completions` says about itself. */
import type { Option } from "#core/program/arguments/option.ts";
import type { CommandDescription } from "#core/program/help.ts";

/** Shells that completions can be made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** Options of `orbit completions`. */
export const completionsOptions: readonly Option<object>[] = [
  { name: "help", short: "h", group: "Options", help: "show this help", apply: () => {} },
];

/** Help and completions of `orbit completions`. */
export const completionsDescription: CommandDescription = {
  name: "completions",
  summary: "print completions for a shell",
  forms: [SHELLS.join("|")],
  about: ["Prints a script that teaches the shell every command and option of orbit."],
  options: completionsOptions,
  examples: [
    { does: "In ~/.bashrc", line: 'eval "$(orbit completions bash)"' },
    { does: "In ~/.zshrc, after compinit", line: 'eval "$(orbit completions zsh)"' },
    {
      does: "For fish",
      line: "orbit completions fish > ~/.config/fish/completions/orbit.fish",
    },
  ],
  completes: "none",
  verbs: SHELLS,
};
