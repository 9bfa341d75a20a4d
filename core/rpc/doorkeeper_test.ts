import { strictEqual as equal } from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { silentLogger } from "#core/log/mod.ts";
import { Doorkeeper } from "./doorkeeper.ts";

/** A connection from one port of a peer to an address of this machine. */
class Connection extends EventEmitter {
  readonly remoteAddress = "192.0.2.7";
  readonly remotePort = 40_000;

  constructor(readonly localAddress: string) {
    super();
  }

  destroy(): void {
    this.emit("close");
  }
}

Deno.test("a peer may call two addresses from one port, as its system lets it", () => {
  const keeper = new Doorkeeper({}, silentLogger);
  const [one, other] = ["192.0.2.1", "192.0.2.2"].map((to) => new Connection(to));
  for (const connection of [one, other]) {
    equal(keeper.admit(connection as unknown as Socket), true);
  }
  equal(keeper.counts.open, 2);
  one.destroy();
  equal(keeper.counts.open, 1);
  keeper.enter(other as unknown as Socket, "member");
  equal(keeper.counts.members, 1);
  equal(keeper.counts.handshakes, 0);
  other.destroy();
  equal(keeper.counts.open, 0);
});
