/** A scan as one or more calls: a request of any size has to fit into messages. */
import { OrbitError } from "#core/errors.ts";
import type { NameList, ScanRequest } from "#core/system/mod.ts";
import type { ScanCall, ScanChoice } from "./codec/scan.ts";
import { sortedNameList } from "./codec/names.ts";

/** Bytes of paths and names of one call. */
const PIECE_BYTES = 1024 * 1024;
/** Directories of one call. */
const PIECE_DIRECTORIES = 16_384;

/** Part of a scan. */
export interface ScanPiece {
  call: ScanCall;
  /** The names of its only directory go on in the next piece. */
  isContinued: boolean;
}

/** The calls that make up a request, in order. */
export function* scanPieces(request: ScanRequest): Generator<ScanPiece> {
  const { directories = [""], names, lookUp, ...rest } = request;
  let choices: ScanChoice[] = [], bytes = 0;
  for (let i = 0; i < directories.length; i++) {
    const choice = choiceOf(directories[i], names?.[i], lookUp?.[i]);
    const size = sizeOf(choice);
    if (choices.length > 0 && (bytes + size > PIECE_BYTES || choices.length >= PIECE_DIRECTORIES)) {
      yield { call: { ...rest, choices }, isContinued: false };
      choices = [], bytes = 0;
    }
    if (size <= PIECE_BYTES) {
      choices.push(choice);
      bytes += size;
    } else yield* namePieces(rest, choice);
  }
  if (choices.length > 0) yield { call: { ...rest, choices }, isContinued: false };
}

function choiceOf(
  path: string,
  names: string[] | null | undefined,
  lookUp: NameList | null | undefined,
): ScanChoice {
  if (lookUp) return { path, lookUp };
  return names ? { path, names: sortedNameList(names) } : { path };
}

/** One directory of which so many names are looked up that they take several calls. */
function* namePieces(rest: Omit<ScanCall, "choices">, choice: ScanChoice): Generator<ScanPiece> {
  const kind = choice.lookUp ? "lookUp" : "names";
  const list = choice[kind]!;
  if (rest.recursive) {
    const text = `scan ${JSON.stringify(choice.path)}: too many names for a recursive scan`;
    throw new OrbitError("exhausted", text, { detail: { path: choice.path } });
  }
  for (let from = 0; from < list.spans.length;) {
    let to = from, bytes = choice.path.length * 3;
    while (to < list.spans.length && (to === from || bytes <= PIECE_BYTES)) {
      bytes += list.spans[to + 1] + 2;
      to += 2;
    }
    const some = { heap: list.heap, spans: list.spans.slice(from, to) };
    const call = { ...rest, choices: [{ path: choice.path, [kind]: some }] };
    yield { call, isContinued: to < list.spans.length };
    from = to;
  }
}

function sizeOf({ path, names, lookUp }: ScanChoice): number {
  const { spans } = lookUp ?? names ?? { spans: [] };
  let bytes = path.length * 3 + 8;
  for (let i = 1; i < spans.length; i += 2) bytes += spans[i] + 2;
  return bytes;
}
