/** The option table of `orbit sync`: rsync's letters and meanings, and Orbit's own. */
import type { Option } from "#core/program/arguments/option.ts";
import { attributeOptions } from "./options_attributes.ts";
import { outputOptions } from "./options_output.ts";
import { safetyOptions } from "./options_safety.ts";
import { selectionOptions } from "./options_selection.ts";
import type { SyncSettings } from "./settings.ts";

/** Every option of `orbit sync`, in the order of its help. */
export const syncOptions: readonly Option<SyncSettings>[] = [
  ...attributeOptions,
  ...selectionOptions,
  ...safetyOptions,
  ...outputOptions,
];
