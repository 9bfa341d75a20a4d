/** Scans: what is asked, and the batches that answer. */
import { decodeNameList } from "#core/system/name_list.ts";
import type { NameList, ScanBatchData, ScanPart, ScanRequest } from "#core/system/mod.ts";
import type { FilterRule } from "#core/sync/filter/mod.ts";
import {
  FilterKind,
  type FilterRule as RuleMessage,
  type ScanTreeRequest,
  type ScanTreeRequestSchema,
  type ScanTreeResponse,
  type ScanTreeResponseSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Blame } from "./blame.ts";
import { fromPath, toPath } from "./bytes.ts";
import { fromSelection, toSelection } from "./metadata.ts";
import { checkSorted, fromNameList, toNameList } from "./names.ts";
import { atMost } from "./numbers.ts";
import { fromProblem, toProblem } from "./problem.ts";
import { fromRows, toRows } from "./rows.ts";

/** Directories of one request. */
export const MAX_DIRECTORIES = 65_536;
const MAX_RULES = 65_536;

/** One directory of a request; with `names` or `lookUp` only those, sorted and each once. */
export interface ScanChoice {
  path: string;
  names?: NameList;
  lookUp?: NameList;
}

/** A request whose directories are spelt out. */
export interface ScanCall extends Omit<ScanRequest, "directories" | "names" | "lookUp"> {
  choices: ScanChoice[];
}

export function toScanRequest(call: ScanCall): MessageInitShape<typeof ScanTreeRequestSchema> {
  return {
    base: toPath(call.base, "base"),
    directories: call.choices.map(({ path, names, lookUp }) => ({
      path: toPath(path, "directories"),
      names: names && toNameList(names),
      lookUp: lookUp && toNameList(lookUp),
    })),
    recursive: call.recursive,
    filter: call.filter?.map(({ kind, pattern }) => ({
      kind: kind === "include" ? FilterKind.INCLUDE : FilterKind.EXCLUDE,
      pattern: toPath(pattern, "filter"),
    })),
    oneFileSystem: call.oneFileSystem,
    followLinks: call.followLinks,
    attributes: toSelection(call.attributes),
  };
}

export function fromScanRequest(message: ScanTreeRequest, blame: Blame): ScanRequest {
  const { directories, filter } = message;
  atMost(directories.length, MAX_DIRECTORIES, "directories", blame);
  atMost(filter.length, MAX_RULES, "filter", blame);
  const request: ScanRequest = {
    base: fromPath(message.base, "base", blame),
    recursive: message.recursive,
    oneFileSystem: message.oneFileSystem,
    followLinks: message.followLinks,
    attributes: fromSelection(message.attributes, "attributes", blame),
    filter: filter.map((rule) => fromRule(rule, blame)),
  };
  if (directories.length === 0) return request;
  request.directories = directories.map(({ path }) => fromPath(path, "directories.path", blame));
  request.names = directories.map(({ names }) =>
    names === undefined ? null : decodeNameList(fromNameList(names, blame))
  );
  request.lookUp = directories.map(({ lookUp }) => {
    if (lookUp === undefined) return null;
    const list = fromNameList(lookUp, blame);
    checkSorted(list, blame);
    return list;
  });
  return request;
}

function fromRule({ kind, pattern }: RuleMessage, blame: Blame): FilterRule {
  const known = kind === FilterKind.INCLUDE
    ? "include"
    : kind === FilterKind.EXCLUDE
    ? "exclude"
    : undefined;
  if (known === undefined) throw blame("filter.kind", `unknown value ${kind}`);
  return { kind: known, pattern: fromPath(pattern, "filter.pattern", blame) };
}

export function toScanResponse(
  data: ScanBatchData,
): MessageInitShape<typeof ScanTreeResponseSchema> {
  return {
    rows: toRows(data),
    parts: data.parts.map(({ directory, ...part }) => ({
      ...part,
      directory: toPath(directory, "parts.directory"),
    })),
    troubles: data.troubles.map(({ path, error }) => ({
      path: toPath(path, "troubles.path"),
      problem: toProblem(error),
    })),
  };
}

/** Whether a message only says that the Star is still at work. */
export function isScanBeat({ rows, parts, troubles }: ScanTreeResponse): boolean {
  return rows === undefined && parts.length === 0 && troubles.length === 0;
}

/** A batch that is sound in itself; whether it was asked for, `ScanOrder` knows. */
export function fromScanResponse(message: ScanTreeResponse, blame: Blame): ScanBatchData {
  const { rows } = message;
  if (rows === undefined) throw blame("rows", "missing");
  const troubles = message.troubles.map(({ path, problem }) => {
    if (problem === undefined) throw blame("troubles.problem", "missing");
    return {
      path: fromPath(path, "troubles.path", blame),
      error: fromProblem(problem, "troubles.problem", blame),
    };
  });
  return { ...fromRows(rows, blame), parts: fromParts(message, blame), troubles };
}

/** Parts that hold all rows, one after the other. */
function fromParts({ rows, parts }: ScanTreeResponse, blame: Blame): ScanPart[] {
  let end = 0;
  const found = parts.map(({ directory, from, to, last, complete, exists }, i) => {
    if (from !== end || to < from) throw blame(`parts[${i}]`, `rows ${from} to ${to} after ${end}`);
    end = to;
    const path = fromPath(directory, "parts.directory", blame);
    return { directory: path, from, to, last, complete, exists };
  });
  if (end !== rows!.count) throw blame("parts", `${end} rows of ${rows!.count}`);
  return found;
}
