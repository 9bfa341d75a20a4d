/** Options that name the places which the grid may touch. */
import { isAbsolute, normalize, resolve } from "node:path";
import type { Option } from "#core/program/arguments/option.ts";
import { parseText, refuseValue } from "#core/program/arguments/values.ts";
import type { ConfiguredRoot } from "./roots.ts";

/** What they fill. */
export interface RootSettings {
  roots: ConfiguredRoot[];
  /** What relative paths start from. */
  cwd: string;
}

const group = "Places";

function rootOption(
  name: string,
  help: string,
  directions: { read: boolean; write: boolean },
): Option<RootSettings> {
  return {
    name,
    value: "DIR",
    group,
    completes: "directory",
    help,
    apply: (settings, value) => {
      const path = parseRoot(`--${name}`, value, settings.cwd);
      settings.roots.push({ path, ...directions });
    },
  };
}

/** `--allow`, `--allow-read` and `--allow-write`; each may be given many times. */
export const rootOptions: readonly Option<RootSettings>[] = [
  rootOption("allow", "the grid may read and write below this directory", {
    ...{ read: true, write: true },
  }),
  rootOption("allow-read", "the grid may read below this directory", { read: true, write: false }),
  rootOption(
    "allow-write",
    "the grid may write below this directory, and read back what it wrote",
    { read: false, write: true },
  ),
];

function parseRoot(option: string, value: string, cwd: string): string {
  const text = parseText(option, value);
  // Where links are in the way ".." doesn't lead where it seems to.
  if (text.split(/[\\/]/).includes("..")) refuseValue(option, value, 'a path without ".."');
  return resolve(isAbsolute(text) ? normalize(text) : resolve(cwd, text));
}
