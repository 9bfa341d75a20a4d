/** `orbit verify`. */
import { expectPositionals, parseLine, usage } from "#core/program/arguments/parse.ts";
import { type PathContext, refuseRemote, resolvePath } from "../arguments/paths.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { type Foreground, runForeground } from "#core/program/foreground.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { printText } from "#core/program/output/print.ts";
import { localReading, type Reading } from "../reading.ts";
import { placeOf, realDirectory, referentOf } from "../targets.ts";
import {
  initialVerifySettings,
  verifyDescription,
  verifyOptions,
  type VerifySettings,
} from "../verify/description.ts";
import type { ManifestOrder } from "../verify/manifest.ts";
import { VerifyReport } from "../verify/report.ts";

/** Runs `orbit verify ARGS…` and returns the exit status. */
export async function verifyCommand(
  args: readonly string[],
  host: Host,
  reading: Reading = localReading,
): Promise<ExitCode> {
  const settings = initialVerifySettings();
  const { positionals, help } = parseLine(args, verifyOptions, settings);
  if (help) {
    printText(host, commandHelp(verifyDescription));
    return ExitCode.ok;
  }
  const { manifest, strict, metadata } = settings;
  if (strict && manifest === undefined) throw usage("--strict: goes with --manifest only");
  if (metadata && manifest !== undefined) throw usage("--metadata: a manifest holds no metadata");
  const context = { cwd: host.cwd(), realPath: reading.realPath };
  const run = manifest === undefined
    ? treesRun(positionals, context, settings)
    : manifestRun(manifestOrder(manifest, positionals, context, settings), settings);
  return await runForeground(host, async (foreground) => {
    using report = new VerifyReport(host, settings, foreground);
    return await run(report, { host, reading, foreground });
  });
}

interface RunTools {
  host: Host;
  reading: Reading;
  foreground: Foreground;
}

type Run = (report: VerifyReport, tools: RunTools) => Promise<ExitCode>;

function treesRun(
  positionals: readonly string[],
  context: PathContext,
  settings: VerifySettings,
): Run {
  expectPositionals(positionals, { least: 2, most: 2, form: "SRC DST, or --manifest=FILE [DIR]" });
  positionals.forEach(refuseRemote);
  const [source, destination] = positionals.map((path) => resolvePath(path, context));
  return async (report, { reading, foreground }) => {
    const { verifyTrees } = await import("../verify/trees.ts");
    return await verifyTrees({ source, destination }, settings, report, reading, foreground);
  };
}

function manifestRun(order: ManifestOrder, { jobs }: VerifySettings): Run {
  return async (report, tools) => {
    const { verifyManifest } = await import("../verify/manifest.ts");
    return await verifyManifest(order, report, { ...tools, jobs });
  };
}

function manifestOrder(
  manifest: string,
  positionals: readonly string[],
  context: PathContext,
  { strict }: VerifySettings,
): ManifestOrder {
  expectPositionals(positionals, { most: 1, form: "--manifest=FILE [DIR]" });
  const [given] = positionals;
  if (manifest === "-") {
    const directory = realDirectory(resolvePath(given ?? ".", context).path, context);
    return { manifest, directory, strict };
  }
  const { base, name } = referentOf(resolvePath(manifest, context).path, context);
  const directory = given === undefined
    ? placeOf(resolvePath(manifest, context).path, context).base
    : realDirectory(resolvePath(given, context).path, context);
  return {
    manifest,
    manifestPath: base === "/" ? `/${name}` : `${base}/${name}`,
    directory,
    strict,
  };
}
