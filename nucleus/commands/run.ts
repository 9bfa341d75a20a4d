/** `orbit-nucleus run`. */
import { join } from "node:path";
import { systemClock } from "#core/clock.ts";
import { isLoopback } from "#core/config/mod.ts";
import { createLogger, type Logger } from "#core/log/mod.ts";
import { expectPositionals, parseLine } from "#core/program/arguments/parse.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { printText } from "#core/program/output/print.ts";
import { runService } from "#core/program/service.ts";
import { decodeScanBatch } from "#core/remote/mod.ts";
import { type Api, createApi, networkDoor, openAdminSocket } from "../api/mod.ts";
import { DataFile } from "../data/folder.ts";
import { ownRoots } from "../config/mod.ts";
import { type Nucleus, openNucleus } from "../server.ts";
import { findPlace, type NucleusPlace } from "./place.ts";
import { initialRunSettings, runDescription, runOptions, type RunSettings } from "./run_options.ts";

/** Runs `orbit-nucleus run ARGS…` until it is told to stop, and returns the exit status. */
export async function runCommand(args: readonly string[], host: Host): Promise<ExitCode> {
  const settings = initialRunSettings(host.cwd());
  const { positionals, help } = parseLine(args, runOptions, settings);
  if (help) {
    printText(host, commandHelp(runDescription));
    return ExitCode.ok;
  }
  expectPositionals(positionals, { most: 0, form: "options only" });
  const place = applySettings(findPlace(settings.place, host), settings);
  const { level, format } = place.config.log;
  const log = createLogger({ level, format });
  try {
    return await runService(host, async (signal) => {
      await serve(place, log, signal);
      return ExitCode.ok;
    });
  } finally {
    log.flush();
  }
}

/** What the command line says goes before what `nucleus.toml` says. */
function applySettings(place: NucleusPlace, settings: RunSettings): NucleusPlace {
  const { config } = place, { listen, names, roots, logLevel, logFormat } = settings;
  return {
    ...place,
    config: {
      ...config,
      files: roots.length === 0 ? config.files : { allowed_paths: roots },
      listen: {
        address: listen ?? config.listen.address,
        names: [...config.listen.names, ...names],
      },
      log: { level: logLevel ?? config.log.level, format: logFormat ?? config.log.format },
    },
  };
}

async function serve(place: NucleusPlace, log: Logger, signal: AbortSignal): Promise<void> {
  let api: Api;
  await using nucleus = await openNucleus(place, { clock: systemClock, log }, (parts) => {
    api = surfaceOf(parts, place, log);
    return networkDoor(api);
  });
  await using _socket = await openAdminSocket(api!, join(place.folder, DataFile.socket));
  const { address, parts } = nucleus;
  const { fingerprint } = parts.authority;
  log.info("the Nucleus is listening", { address, fingerprint, folder: place.folder });
  if (!isLoopback(place.config.listen.address) && place.config.listen.names.length === 0) {
    log.info("reached by other names than this machine's own? name them: --name=NAME");
  }
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  log.info("the Nucleus is stopping");
}

function surfaceOf(
  { parts, dispatcher, changes, metrics }: Pick<
    Nucleus,
    "parts" | "dispatcher" | "changes" | "metrics"
  >,
  { config }: NucleusPlace,
  log: Logger,
): Api {
  const { store, adoption, jobs } = parts;
  return createApi({
    ...{ store, adoption, metrics, log, clock: systemClock },
    joinTokenLifetimeMs: config.tokens.lifetime,
    jobs: {
      ...{ store: jobs, desk: dispatcher, changes, decodeScan: decodeScanBatch },
      localRoots: ownRoots(config),
    },
  });
}
