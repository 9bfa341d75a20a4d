/**
 * Uses up join tokens, one after the other, until it is killed: `mortal_program.ts FOLDER ROUND`.
 * Prints `open`, then each token's id once it is used up. A program for tests.
 */
import { createStarId } from "#core/identity/mod.ts";
import { certificate, joinToken, newStar } from "./fixture.ts";
import { openGridStore } from "./mod.ts";

/** What five rounds use up is listed at once. */
const MAX_TOKENS = 150;

const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

if (import.meta.main) {
  const [folder, round] = Deno.args;
  using store = openGridStore(folder);
  print("open");
  const anyHash = () => true;
  for (let i = 0; i < MAX_TOKENS; i++) {
    const token = `${round}-${i}`, starId = createStarId(), nowMs = Date.now();
    store.joinTokens.add(joinToken(token, nowMs));
    store.transact(() => {
      const used = store.joinTokens.consume(token, anyHash, starId);
      if (!used.ok) throw new Error(`${token}: ${used.reason}`);
      const serial = crypto.randomUUID();
      store.stars.add(newStar(starId), { ...certificate(nowMs), serial });
      store.audit.append({
        ...{ actor: { kind: "star", id: starId }, action: "star.join", outcome: "allowed" },
        target: token,
      });
    });
    print(token);
  }
  // Whoever is to kill it may be slow; until then it holds the folder.
  await new Promise((resolve) => setTimeout(resolve, 2 ** 30));
}
