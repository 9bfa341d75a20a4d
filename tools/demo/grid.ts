/** A Nucleus and two Stars: made, adopted and started as an owner of machines would do it. */
import type { Bed } from "./bed.ts";
import { Meter } from "./meter.ts";
import { NucleusApi } from "./nucleus_api.ts";
import { commandLine, type Programs } from "./programs.ts";
import type { Screen } from "./screen.ts";

/** The two Stars; content goes from the first to the second. */
export const STARS = ["nas-1", "nas-2"] as const;

/** What runs. */
export interface Grid {
  port: number;
  fingerprint: string;
  api: NucleusApi;
  /** Every byte between the Nucleus and the Star that takes the content. */
  throughNucleus(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What starting needs. */
export interface Stage {
  bed: Bed;
  programs: Programs;
  screen: Screen;
  signal: AbortSignal;
}

/** Starts all of it. What is started is ended by {@linkcode Programs}. */
export async function startGrid(stage: Stage): Promise<Grid> {
  const { bed, signal } = stage;
  const { port, fingerprint } = await startNucleus(stage);
  const authorityPem = Deno.readTextFileSync(bed.path("nucleus", "authority.crt"));
  const token = Deno.readTextFileSync(bed.path("admin.token")).trim();
  await using opened = new AsyncDisposableStack();
  const api = opened.use(new NucleusApi({ port, authorityPem, token, signal }));
  // It dials the Nucleus, and the Nucleus dials it, through these: they see all that the two say.
  const control = opened.use(new Meter(port)), called = opened.use(new Meter());
  await startStars(stage, api, { port, control, called });
  writeHelpers(bed, token);
  await stage.programs.run("orbit", [
    ...["nucleus", "add", `https://127.0.0.1:${port}`],
    ...[`--fingerprint=${fingerprint}`, `--token-file=${bed.path("admin.token")}`],
  ]);
  const rest = opened.move();
  return {
    ...{ port, fingerprint, api },
    throughNucleus: () => control.bytes + called.bytes,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

async function startNucleus({ bed, programs, screen }: Stage) {
  const step = screen.begin("Nucleus", "makes its authority");
  const data = `--data=${bed.path("nucleus")}`;
  const init = ["init", "--json", data, `--admin-token-file=${bed.path("admin.token")}`];
  const { fingerprint } = JSON.parse((await programs.run("nucleus", init)).stdout);
  step.update("starts");
  const run = ["run", data, "--listen=127.0.0.1:0"];
  const ready = /Nucleus is listening address=127\.0\.0\.1:(\d+)/;
  const { said, pid } = await programs.start("nucleus", "nucleus", run, [ready]);
  const port = Number(said[0][1]);
  step.done(`has its authority, and listens on 127.0.0.1:${port}`, {
    ...{ pid, address: `127.0.0.1:${port}`, fingerprint },
  });
  return { port, fingerprint };
}

async function startStars(
  { bed, programs, screen }: Stage,
  api: NucleusApi,
  { port, control, called }: { port: number; control: Meter; called: Meter },
): Promise<void> {
  const step = screen.begin("Stars", `${STARS.join(" and ")} join by single-use tokens`);
  const start = async (name: string) => {
    const isTaker = name === STARS[1];
    const root = bed.path(name), state = `--state=${bed.path("state", name)}`;
    Deno.mkdirSync(root);
    const asked = { name, roots: [root], approved: true, lifetimeMs: 600_000 };
    const { text } = await api.ask<{ text: string }>("/tokens", asked);
    const hub = isTaker ? control.address : `127.0.0.1:${port}`;
    await programs.run("star", ["join", `--hub=${hub}`, state], { stdin: text });
    const run = ["run", state, `--allow=${root}`, "--listen=127.0.0.1:0"];
    if (isTaker) run.push(`--advertise=${called.address}`);
    const ready = [/listening address=127\.0\.0\.1:(\d+)/, /standing standing=active/];
    const { said, pid } = await programs.start(name, "star", run, ready);
    if (isTaker) called.target = Number(said[0][1]);
    return pid;
  };
  Deno.mkdirSync(bed.path("state"), { recursive: true });
  const pids = await Promise.all(STARS.map(start));
  step.done("joined by single-use tokens, and are connected by mutual TLS 1.3", {
    stars: STARS.map((name, index) => ({ name, pid: pids[index], root: bed.path(name) })),
  });
}

/** `orbit` for this grid, and what curl shows; for whoever tries on. */
function writeHelpers(bed: Bed, token: string): void {
  const [config, state] = [bed.path("config"), bed.path("state")].map(quote);
  const line = [Deno.execPath(), ...commandLine("orbit", [])].map(quote).join(" ");
  const script = [
    "#!/bin/sh",
    "# orbit, with the Nucleus of this demo as the one that it keeps",
    `XDG_CONFIG_HOME=${config} XDG_STATE_HOME=${state} exec ${line} "$@"`,
    "",
  ].join("\n");
  Deno.writeTextFileSync(bed.path("orbit"), script, { mode: 0o700 });
  const header = `authorization: Bearer ${token}\n`;
  Deno.writeTextFileSync(bed.path("curl.header"), header, { mode: 0o600 });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
