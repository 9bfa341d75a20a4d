/** A Star's link without a Star around it; for tests. */
import { type Clock, systemClock } from "#core/clock.ts";
import { Secret } from "#core/identity/mod.ts";
import { createLogger, type Logger, MemorySink } from "#core/log/mod.ts";
import { checkCredentials, type CheckedCredentials } from "../credentials.ts";
import { joinGrid } from "../join/join.ts";
import { type LinkOptions, runLink } from "../link/link.ts";
import { fromStanding } from "../link/messages.ts";
import { serveInReverse } from "../serve/admission.ts";
import type { StandingName } from "../status.ts";
import type { FakeNucleus } from "./fake_nucleus.ts";
import { type MemoryFiles, openMemoryFiles } from "./memory_files.ts";

/** Joins the fake Nucleus's grid. */
export async function joinFake(nucleus: FakeNucleus): Promise<CheckedCredentials> {
  const { credentials } = await joinGrid({
    token: new Secret(nucleus.createToken()),
    nucleus: { host: "127.0.0.1", port: nucleus.port },
    hostname: "star",
    version: "0.0.0",
  }, { clock: systemClock });
  return checkCredentials(credentials);
}

/** A link that runs, and what it told. */
export class FakeStar implements AsyncDisposable {
  /** `connecting`, `connected`, `waiting CODE`, `standing NAME`, `beat`. */
  readonly told: string[] = [];
  readonly kept: CheckedCredentials[] = [];
  readonly sink = new MemorySink();
  /** What ended the link; undefined when it was closed. */
  readonly ended: Promise<unknown>;
  readonly memory: MemoryFiles;
  readonly readiness = { standing: "unknown" as StandingName, stopping: false };
  readonly closing = new AbortController();
  readonly #stop = new AbortController();
  skewMs = 0;
  isOver = false;

  static async start(
    nucleus: FakeNucleus,
    options: Partial<LinkOptions> = {},
  ): Promise<FakeStar> {
    const credentials = options.credentials ?? await joinFake(nucleus);
    const memory = await openMemoryFiles({ file: new TextEncoder().encode("content") });
    return new FakeStar(memory, { nucleus, credentials, options });
  }

  private constructor(
    memory: MemoryFiles,
    { nucleus, credentials, options }: {
      nucleus: FakeNucleus;
      credentials: CheckedCredentials;
      options: Partial<LinkOptions>;
    },
  ) {
    this.memory = memory;
    this.ended = runLink({
      nucleus: { host: "127.0.0.1", port: nucleus.port },
      credentials,
      keep: (next) => Promise.resolve(void this.kept.push(next)),
      served: [serveInReverse(memory.files, this.readiness)],
      activeCalls: () => memory.files.activeCalls,
      hello: () => ({ version: "0.0.0", heartbeat: { sequence: 1n } }),
      heartbeat: (sequence) => ({ sequence }),
      events: this.#events(),
      clock: systemClock,
      log: this.#log(),
      signal: this.#stop.signal,
      closing: this.closing.signal,
      // No waiting: the first retries come at once.
      random: () => 0.02,
      ...options,
    }).then(() => undefined, (error) => error).finally(() => this.isOver = true);
  }

  #log(clock?: Clock): Logger {
    return createLogger({ sink: this.sink, level: "debug", clock });
  }

  #events(): LinkOptions["events"] {
    const tell = (what: string) => void this.told.push(what);
    return {
      connecting: () => tell("connecting"),
      connected: (_, skewMs) => {
        this.skewMs = skewMs;
        tell("connected");
      },
      waiting: (_, error) => tell(`waiting ${(error as { code?: string }).code}`),
      standing: (standing) => {
        this.readiness.standing = fromStanding(standing);
        tell(`standing ${this.readiness.standing}`);
      },
      revoked: ({ thumbprints }) => tell(`revoked ${thumbprints.length}`),
      beat: () => tell("beat"),
      heard: () => {},
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new DOMException("over", "AbortError"));
    await this.ended;
    await this.memory[Symbol.asyncDispose]();
  }
}
