/** `deno task demo`: a grid on this machine, at work, that leaves nothing behind. */
import { type DemoSettings, HELP, parseArguments } from "./arguments.ts";
import { Bed } from "./bed.ts";
import { type Stage, startGrid } from "./grid.ts";
import { Programs } from "./programs.ts";
import { Screen } from "./screen.ts";
import { findStarters, isAlive } from "./starters.ts";
import { prepareSample, tellStory } from "./story.ts";
import { summarize } from "./summary.ts";
import { DemoError, Interrupted } from "./trouble.ts";

const EXIT = { ok: 0, usage: 1, failed: 11, interrupted: 20 } as const;
const STARTERS_MS = 500;
const CAUSE_MS = 1000;
const TWICE_MS = 500;

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** What a first wish to end aborts, and what a second one does. */
class Ending implements Disposable {
  readonly stop = new AbortController();
  /** What is done at once when somebody insists. */
  insist = () => {};
  readonly #onSignal = SIGNALS.map((signal) => [signal, () => this.#end(signal)] as const);
  #insistsFrom = Infinity;
  readonly #parent = Deno.ppid;
  readonly #starters = findStarters();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor() {
    for (const [signal, listener] of this.#onSignal) Deno.addSignalListener(signal, listener);
    // npx and tasks don't all pass on what ends them.
    this.#timer = setInterval(() => {
      if (this.stop.signal.aborted) return;
      const isAlone = Deno.ppid !== this.#parent || !this.#starters.every(isAlive);
      if (isAlone) this.#end("the end of what started it");
    }, STARTERS_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const [signal, listener] of this.#onSignal) Deno.removeSignalListener(signal, listener);
  }

  #end(why: string): void {
    // A task passes on what the terminal sent to both: that is one wish, told twice.
    if (performance.now() > this.#insistsFrom) this.insist();
    if (this.stop.signal.aborted) return;
    this.#insistsFrom = performance.now() + TWICE_MS;
    this.stop.abort(new Interrupted(why));
  }
}

/** How a demo is run, and since when. */
interface Show extends DemoSettings {
  /** By `performance.now`. */
  startedAt: number;
}

async function runDemo(screen: Screen, ending: Ending, show: Show): Promise<void> {
  const { stop } = ending, { signal } = stop;
  await using bed = new Bed(stop);
  await using programs = new Programs(bed, stop);
  ending.insist = () => programs.kill();
  screen.record("folder", { path: bed.folder });
  screen.heading("A Nucleus and two Stars on this machine");
  screen.line(`Everything is in X=${bed.folder}, removed at the end.`);
  screen.line();
  try {
    await runGrid({ bed, programs, screen, signal }, show);
  } catch (error) {
    // A program's end is the cause, what fails for want of it only the first that is noticed.
    throw await firstCause(signal) ?? error;
  }
}

async function runGrid(stage: Stage, { once, startedAt }: Show): Promise<void> {
  const { screen, signal } = stage;
  await using grid = await startGrid(stage);
  const story = await tellStory(stage, grid, prepareSample(stage));
  await summarize(stage, grid, story, { once, ms: Math.round(performance.now() - startedAt) });
  if (!once) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  screen.begin("Ending", "stops the grid and removes its folder");
  // It was to stay until somebody ends it.
  if (!(signal.reason instanceof Interrupted)) signal.throwIfAborted();
}

/** What stopped the demo, if that becomes known soon. */
async function firstCause(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CAUSE_MS);
      signal.addEventListener("abort", () => (clearTimeout(timer), resolve()));
    });
  }
  return signal.reason;
}

function explain(screen: Screen, error: unknown): number {
  if (error instanceof Deno.errors.BrokenPipe) {
    console.error("demo: ended: nobody reads what it says");
    return EXIT.interrupted;
  }
  const { message } = error as Error;
  const log = error instanceof DemoError ? error.log : "";
  screen[Symbol.dispose]();
  console.error(`demo: ${message}${log === "" ? "" : `\n${indent(log)}`}`);
  screen.record("error", { message, log });
  return error instanceof Interrupted ? EXIT.interrupted : EXIT.failed;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  | ");
}

async function main(args: readonly string[]): Promise<number> {
  const settings = parseArguments(args);
  if (typeof settings === "string") {
    console.error(settings);
    return EXIT.usage;
  }
  if (settings.help) {
    console.log(HELP.trimEnd());
    return EXIT.ok;
  }
  using screen = new Screen(settings);
  using ending = new Ending();
  try {
    await runDemo(screen, ending, { ...settings, startedAt: performance.now() });
    return EXIT.ok;
  } catch (error) {
    return explain(screen, error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
