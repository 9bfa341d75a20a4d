/** A job as the command line asks for it. */
import { SYNC_KINDS } from "#core/file_jobs/order.ts";
import { JOB_KINDS, type JobRequest, type PlaceShape } from "#core/grid_api/mod.ts";
import { escapeName } from "#core/names.ts";
import { usage } from "#core/program/arguments/parse.ts";
import { parseChoice } from "#core/program/arguments/values.ts";
import type { JobsSettings } from "./jobs_options.ts";

/** The arguments of `run`, for messages. */
export const KINDS_FORM =
  "scan|hash|chunk STAR:/PATH, or verify|copy|sync|mirror|move STAR:/PATH STAR:/PATH";

/** What the Nucleus's own disks are called where a Star's name is asked for. */
export const NUCLEUS_PLACE = "nucleus";

/** @throws {OrbitError} `invalid`. */
export function toJobRequest(args: readonly string[], settings: JobsSettings): JobRequest {
  const kind = parseChoice("job", args[0], JOB_KINDS);
  const { filter, oneFileSystem, label, priority } = settings;
  const rest = { filter, oneFileSystem, label, priority };
  const places = args.slice(1).map(parsePlace);
  if (SYNC_KINDS.some((known) => known === kind)) {
    const { relay, dryRun } = settings;
    const options = dryRun ? { dryRun } : undefined;
    return { kind, ...syncEnds(places), options, relay, ...rest };
  }
  if (settings.relay || settings.dryRun) {
    throw usage(`${settings.relay ? "--relay" : "--dry-run"}: only for ${SYNC_KINDS.join(", ")}`);
  }
  if (kind === "verify") {
    if (places.length !== 2) throw usage("verify: needs two places: STAR:/PATH STAR:/PATH");
    return { kind, source: places[0], destination: places[1], ...rest };
  }
  if (places.length !== 1) throw usage(`${kind}: takes one place: STAR:/PATH`);
  return { kind, at: places[0], ...rest };
}

/** The ends of a sync, with rsync's rule: a slash at a source's end means what is in it. */
export function syncEnds(
  places: readonly PlaceShape[],
): Pick<JobRequest, "source" | "destination" | "contents" | "destinationIsDirectory"> {
  if (places.length !== 2) throw usage("needs two places: STAR:/PATH STAR:/PATH");
  const [source, destination] = places;
  return {
    source: withoutSlash(source),
    contents: source.path.endsWith("/"),
    destination: withoutSlash(destination),
    destinationIsDirectory: destination.path.endsWith("/"),
  };
}

function withoutSlash({ path, ...place }: PlaceShape): PlaceShape {
  return { ...place, path: path.replace(/\/+$/, "") || "/" };
}

/** `STAR:/PATH`; `nucleus:/PATH` or `/PATH` is the Nucleus's own. @throws {OrbitError} `invalid`. */
export function parsePlace(text: string): PlaceShape {
  if (text.startsWith("/")) return { path: text };
  const colon = text.indexOf(":");
  const star = text.slice(0, Math.max(0, colon)), path = text.slice(colon + 1);
  if (star === "" || !/^(\/|[A-Za-z]:[\\/])/.test(path)) {
    throw usage(`"${escapeName(text)}": is not a place: STAR:/PATH, with the path from the root`);
  }
  return star === NUCLEUS_PLACE ? { path } : { star, path };
}
