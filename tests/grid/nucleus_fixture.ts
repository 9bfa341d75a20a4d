/** A Nucleus in this process, on a free port of this machine, in a folder of its own. */
import { type Clock, systemClock } from "#core/clock.ts";
import { parsePeerAddress } from "#core/config/mod.ts";
import { Secret } from "#core/identity/mod.ts";
import { createLogger, MemorySink } from "#core/log/mod.ts";
import { defaultNucleusConfig } from "../../nucleus/config/mod.ts";
import { createNucleus } from "../../nucleus/data/folder.ts";
import { type Nucleus, openNucleus } from "../../nucleus/server.ts";
import { type Joined, joinGrid } from "../../star/join/join.ts";

/** What a test does at its Nucleus's own shell. */
export const OPERATOR = { kind: "cli" } as const;

/** A Nucleus that can be stopped and started again. */
export class TestNucleus implements AsyncDisposable {
  readonly folder: string;
  readonly log = new MemorySink();
  /** By which the Nucleus goes from its next start on. */
  clock: Clock;
  #nucleus: Nucleus | undefined;
  #port = 0;

  private constructor(clock: Clock, dir?: string) {
    this.clock = clock;
    this.folder = Deno.makeTempDirSync({ dir, prefix: "orbit-nucleus-" });
  }

  /** @param dir Where its folder is made; the system's for such when left out. */
  static async start(
    { clock = systemClock, port = 0, dir }: { clock?: Clock; port?: number; dir?: string } = {},
  ): Promise<TestNucleus> {
    const test = new TestNucleus(clock, dir);
    Deno.chmodSync(test.folder, 0o700);
    test.#port = port;
    // It isn't the grid's first day.
    await createNucleus(test.folder, { ...clock, now: () => clock.now() - 30 * 86_400_000 });
    await test.start();
    return test;
  }

  get nucleus(): Nucleus {
    return this.#nucleus!;
  }

  async start(): Promise<void> {
    const config = defaultNucleusConfig();
    config.listen.address = { host: "127.0.0.1", port: this.#port };
    const log = createLogger({ sink: this.log, level: "debug" });
    this.#nucleus = await openNucleus(
      { folder: this.folder, config },
      { clock: this.clock, log },
      () => (_, response) => void response.writeHead(404).end(),
    );
    this.#port = this.#nucleus.port;
  }

  async stop(): Promise<void> {
    await this.#nucleus?.[Symbol.asyncDispose]();
    this.#nucleus = undefined;
  }

  /** A join token's text. */
  createToken(request: { name?: string; approved?: boolean } = {}): string {
    const { adoption } = this.nucleus.parts;
    const { name, approved = true } = request;
    const created = adoption.createToken({ name, approves: approved }, OPERATOR);
    return created.text.reveal();
  }

  /** @param address Where the Nucleus is reached; its own when left out. */
  async join(
    token = this.createToken(),
    { clock = systemClock, address = this.nucleus.address }: { clock?: Clock; address?: string } =
      {},
  ): Promise<Joined> {
    const nucleus = parsePeerAddress(address, 0)!;
    return await joinGrid(
      { token: new Secret(token), nucleus, hostname: "test-host", version: "0.0.0" },
      { clock },
    );
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
    Deno.removeSync(this.folder, { recursive: true });
  }
}
