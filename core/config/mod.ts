/**
 * Strict configuration in TOML 1.0: what a schema doesn't know, or holds in another type, is
 * refused with its line, its column and the key that was probably meant; all problems at once.
 *
 * Two libraries do the groundwork. `toml-eslint-parser` is the one maintained parser with types
 * that keeps the position of every key and value. `valibot` describes and checks the values, here
 * and wherever else outside data arrives: it takes 4 MB of memory and 5 ms where zod takes 9 MB
 * and 12 ms, which counts in a process that is to idle below 50 MB. Price: it reports one unknown
 * key a table and takes `toString` for a known one, so unknown keys are found here.
 *
 * ```ts
 * import { duration, readConfig, section, table } from "#core/config/mod.ts";
 * import { optional } from "valibot";
 *
 * const schema = table({
 *   tokens: section({ lifetime: optional(duration({ least: "1m", most: "1h" }), "1h") }),
 * });
 * const { value } = readConfig({ path: "nucleus.toml", text: "", schema });
 * console.assert(value.tokens.lifetime === 3_600_000);
 * ```
 *
 * @module
 */
export {
  type Config,
  type ConfigComplaint,
  readConfig,
  readConfigFile,
  type ReadConfigOptions,
} from "./read.ts";
export { type ConfigSchema, listKeys, type SchemaKey } from "./schema.ts";
export {
  choice,
  duration,
  flag,
  integer,
  list,
  parsed,
  parseDuration,
  parseSizeWithUnit,
  section,
  size,
  table,
  text,
} from "./kinds.ts";
export {
  absolutePath,
  formatAddress,
  hostName,
  isHost,
  isLoopback,
  type ListenAddress,
  listenAddress,
  parseListenAddress,
  parsePeerAddress,
  type PeerAddress,
  peerAddress,
} from "./addresses.ts";
