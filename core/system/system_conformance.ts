/**
 * The contract of `OrbitSystem` as tests: one suite that every system passes, wherever its files
 * are. It speaks to them through the port alone.
 */
import { actionCases } from "./system_conformance_actions.ts";
import type { SystemHost } from "./system_conformance_bed.ts";
import { readCases } from "./system_conformance_read.ts";
import { renameCases } from "./system_conformance_rename.ts";
import { scanCases } from "./system_conformance_scan.ts";
import { contentCases } from "./system_conformance_content.ts";
import { unlikeCases } from "./system_conformance_unlike.ts";
import { transferCases } from "./system_conformance_transfer.ts";

/** Declares the suite for one system, a step a clause; `open` is called once. */
export function testSystem(
  name: string,
  open: () => Promise<SystemHost>,
  options: { ignore?: boolean } = {},
): void {
  const cases = [
    ...[...readCases, ...scanCases, ...unlikeCases, ...actionCases, ...renameCases],
    ...[...contentCases, ...transferCases],
  ];
  Deno.test({
    name: `${name} keeps the promises of OrbitSystem`,
    ignore: options.ignore,
    fn: async (test) => {
      await using host = await open();
      for (const [clause, check] of cases) await test.step(clause, () => check(host.makeBed()));
    },
  });
}
