/** `deno task demo`: a grid on this machine, at work, that leaves nothing behind. */
import { HELP, parseArguments } from "./arguments.ts";
import { Bed } from "./bed.ts";
import { type Grid, type Stage, startGrid } from "./grid.ts";
import { prepareModules } from "./modules.ts";
import { Programs } from "./programs.ts";
import { Screen } from "./screen.ts";
import { prepareSample, tellStory } from "./story.ts";
import { summarize } from "./summary.ts";
import { DemoError, Interrupted } from "./trouble.ts";

const EXIT = { ok: 0, usage: 1, failed: 11, interrupted: 20 } as const;
const PARENT_MS = 500;

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** What a first wish to end aborts, and what a second one does. */
class Ending implements Disposable {
  readonly stop = new AbortController();
  /** What is done at once when somebody insists. */
  insist = () => {};
  readonly #onSignal = SIGNALS.map((signal) => [signal, () => this.#end(signal)] as const);
  readonly #parent = Deno.ppid;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor() {
    for (const [signal, listener] of this.#onSignal) Deno.addSignalListener(signal, listener);
    // Without the one who started it nobody could end it.
    this.#timer = setInterval(() => {
      if (Deno.ppid !== this.#parent) this.#end("the end of what started it");
    }, PARENT_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const [signal, listener] of this.#onSignal) Deno.removeSignalListener(signal, listener);
  }

  #end(why: string): void {
    if (this.stop.signal.aborted) this.insist();
    this.stop.abort(new Interrupted(why));
  }
}

async function runDemo(
  screen: Screen,
  ending: Ending,
  { once }: { once: boolean },
): Promise<number> {
  const startedAt = performance.now();
  const { stop } = ending, { signal } = stop;
  let isTold = false;
  try {
    await prepareModules(screen, signal);
    await using bed = new Bed();
    await using programs = new Programs(bed, stop);
    ending.insist = () => programs.kill();
    screen.record("folder", { path: bed.folder });
    screen.heading("A Nucleus and two Stars on this machine");
    screen.line(`Everything is in X=${bed.folder}, which is removed at the end.`);
    screen.line();
    const stage: Stage = { bed, programs, screen, signal };
    await using grid: Grid = await startGrid(stage);
    const story = await tellStory(stage, grid, prepareSample(stage));
    await summarize(stage, grid, story, { once, ms: Math.round(performance.now() - startedAt) });
    isTold = true;
    if (!once) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    screen.begin("Ending", "stops the grid and removes its folder");
    signal.throwIfAborted();
  } catch (error) {
    // Waits end with what stopped them, other things by themselves.
    const reason = signal.aborted ? signal.reason : error;
    if (reason instanceof Interrupted && isTold) return EXIT.ok;
    throw reason;
  }
  return EXIT.ok;
}

function explain(screen: Screen, error: unknown): number {
  const message = (error as Error).message;
  screen[Symbol.dispose]();
  screen.record("error", { message });
  console.error(`demo: ${message}`);
  if (error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof DemoError && error.log !== "") console.error(indent(error.log));
  return EXIT.failed;
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
    return await runDemo(screen, ending, settings);
  } catch (error) {
    return explain(screen, error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
