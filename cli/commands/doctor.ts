/** `orbit doctor`. */
import { expectPositionals, parseLine } from "#core/program/arguments/parse.ts";
import { type DoctorTools, type Finding, runChecks } from "../doctor/checks.ts";
import { doctorDescription, doctorOptions, type DoctorSettings } from "../doctor/description.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { escapeMessage } from "#core/program/output/message.ts";
import { printText } from "#core/program/output/print.ts";

/** Runs `orbit doctor ARGS…` and returns the exit status. */
export async function doctorCommand(
  args: readonly string[],
  host: Host,
  tools: Omit<DoctorTools, "host"> = {},
): Promise<ExitCode> {
  const settings: DoctorSettings = { json: false };
  const { positionals, help } = parseLine(args, doctorOptions, settings);
  if (help) {
    printText(host, commandHelp(doctorDescription));
    return ExitCode.ok;
  }
  expectPositionals(positionals, { most: 0, form: "no arguments" });
  const findings = await runChecks({ ...tools, host });
  printText(host, settings.json ? toJson(findings) : toText(findings));
  const isBroken = findings.some(({ status }) => status === "broken");
  return isBroken ? ExitCode.someFailed : ExitCode.ok;
}

function toText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings.map(({ name, status, text }) =>
    `${status.padEnd(6)}  ${name.padEnd(width)}  ${escapeMessage(text)}\n`
  ).join("");
}

function toJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ schema: "orbit.doctor/1", type: "report", seq: 0, findings })}\n`;
}
