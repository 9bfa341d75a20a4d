/** `audit`: who did what to a grid. */
import type { AuditShape, AuditVerdictShape } from "#core/grid_api/mod.ts";
import { escapeName } from "#core/names.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { usage } from "#core/program/arguments/parse.ts";
import { parseChoice, parseCount, parseText } from "#core/program/arguments/values.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import type { CommandDescription } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { formatNumberOf, formatTime } from "#core/program/output/format.ts";
import { textTable } from "#core/program/output/table.ts";
import type { GridDoor } from "./door.ts";
import {
  commonOptions,
  type CommonSettings,
  type Invocation,
  print,
  runGridCommand,
  type Verb,
} from "./run.ts";

interface AuditSettings extends CommonSettings {
  action?: string;
  target?: string;
  outcome?: "allowed" | "refused";
  limit: number;
  before?: number;
  known?: string;
}

const OUTCOMES = ["allowed", "refused"] as const;

function auditOptions(door: GridDoor): Option<AuditSettings>[] {
  const group = "Options";
  return [
    {
      ...{ name: "action", value: "ACTION", group, completes: "none" },
      help: "list: only this action, such as star.join",
      apply: (settings, value) => settings.action = parseText("--action", value),
    },
    {
      ...{ name: "target", value: "ID", group, completes: "none" },
      help: "list: only what was done to this",
      apply: (settings, value) => settings.target = parseText("--target", value),
    },
    {
      ...{ name: "outcome", value: "WORD", group, completes: OUTCOMES },
      help: "list: only what was allowed, or refused",
      apply: (settings, value) => settings.outcome = parseChoice("--outcome", value, OUTCOMES),
    },
    {
      ...{ name: "limit", value: "N", group, completes: "none" },
      help: "list: the newest N records (default 100)",
      apply: (settings, value) => {
        settings.limit = parseCount("--limit", value, { least: 1, most: 1000 });
      },
    },
    {
      ...{ name: "before", value: "SEQ", group, completes: "none" },
      help: "list: only records before this one",
      apply: (settings, value) => {
        settings.before = parseCount("--before", value, { least: 1 });
      },
    },
    {
      ...{ name: "known", value: "SEQ:HASH", group, completes: "none" },
      help: "verify: the end of the log as it was noted before; shows what is missing behind it",
      apply: (settings, value) => settings.known = parseText("--known", value),
    },
    ...commonOptions<AuditSettings>(door),
  ];
}

/** What `audit` says about itself. */
export function describeAudit(door: GridDoor): CommandDescription {
  const { program, words: { audit: name } } = door;
  const line = `${program} ${name}`;
  return {
    ...{ program, name, summary: "who did what to the grid, and what was refused" },
    forms: ["[list] [OPTION]…", "verify [--known=SEQ:HASH]"],
    about: [
      "Every change, and every refusal, has a record that is never changed. Records are chained " +
      "by hashes: verify walks the chain and prints its end, which is worth noting elsewhere.",
    ],
    options: auditOptions(door),
    examples: [
      { does: "What happened last", line: `${line} --limit=20` },
      { does: "Who was refused", line: `${line} list --outcome=refused` },
      { does: "Whether anybody changed the log", line: `${line} verify` },
    ],
    completes: "none",
    verbs: Object.keys(VERBS),
  };
}

/** Runs `audit ARGS…`. */
export function auditCommand(
  args: readonly string[],
  host: Host,
  door: GridDoor,
): Promise<ExitCode> {
  const options = auditOptions(door);
  const initial: AuditSettings = { json: false, limit: 100 };
  return runGridCommand(
    { description: describeAudit(door), options, initial, verbs: VERBS },
    args,
    host,
    door,
  );
}

type Audit = Invocation<AuditSettings>;

async function list(invocation: Audit): Promise<ExitCode> {
  const { api, settings, signal } = invocation;
  const { action, target, outcome, limit, before } = settings;
  const query = { action, target, outcome, limit, before };
  const { records } = await api.json<{ records: AuditShape[] }>("/audit", { query, signal });
  print(invocation, "audit", records, auditTable);
  return ExitCode.ok;
}

async function verify(invocation: Audit): Promise<ExitCode> {
  const { api, settings, signal } = invocation;
  const query = settings.known === undefined ? {} : parseKnown(settings.known);
  const verdict = await api.json<AuditVerdictShape>("/audit/verify", { query, signal });
  print(invocation, "audit_verdict", [verdict], ([verdict]) => [
    verdict.ok
      ? `${formatNumberOf(verdict.records, "record")}, as they were written` +
        (verdict.head === undefined ? "" : `; the end is ${verdict.head.seq}:${verdict.head.hash}`)
      : `broken at record ${verdict.brokenAt}: ${escapeName(verdict.reason)}`,
  ]);
  return verdict.ok ? ExitCode.ok : ExitCode.someFailed;
}

function parseKnown(text: string): { seq: string; hash: string } {
  const match = /^(\d{1,16}):([0-9a-f]{64})$/.exec(text);
  if (match === null) throw usage("--known: is SEQ:HASH, as verify prints it");
  return { seq: match[1], hash: match[2] };
}

function auditTable(records: readonly AuditShape[]): string[] {
  if (records.length === 0) return ["no records"];
  return textTable(
    ["SEQ", "TIME", "WHO", "FROM", "OUTCOME", "ACTION", "TARGET", "WHY"],
    records.map(({ seq, atMs, actor, outcome, action, target = "-", reason }) =>
      [
        ...[`${seq}`, formatTime(atMs), actor.id ? `${actor.kind} ${actor.id}` : actor.kind],
        ...[actor.address ?? "-", outcome, action, target, reason ?? ""],
      ].map(escapeName)
    ),
  );
}

const VERBS: Record<string, Verb<AuditSettings>> = {
  list: { least: 0, most: 0, form: "", run: list },
  verify: { least: 0, most: 0, form: "", run: verify },
};
