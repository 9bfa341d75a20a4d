/** What Stars on machines of their own name as their address, and who dials it. */
import assert from "node:assert/strict";
import { TestNetwork, whyNoNetwork } from "../support/network.ts";
import { HOSTS, TwoStars } from "./two_stars.ts";

const why = whyNoNetwork();

Deno.test({
  name: "a Star that names what others shouldn't dial is dialled by nobody, and shown with why",
  // Where all is to be tested, not being able to is a failure.
  ignore: why !== undefined && Deno.env.get("CI") !== "true",
  async fn() {
    if (why !== undefined) throw new Error(why);
    using network = new TestNetwork(HOSTS);
    const config = () => 'stars.addresses = "own"\n';
    await using grid = await TwoStars.start({ network, config });
    const { from, to } = grid;
    Deno.mkdirSync(from.path("tree"));
    Deno.writeTextFileSync(from.path("tree/file"), "content");
    const shown = async () => (await grid.orbit("stars", "show", "from")).stdout;
    assert.match(await shown(), new RegExp(`listens on: +${network.address("from")}:${from.port}`));
    assert.equal((await grid.over(await grid.sync())).state, "succeeded");
    assert.equal(Deno.readTextFileSync(to.path("tree/file")), "content");
    const astray = {
      "127.0.0.1:6379":
        /not dialled: +127\.0\.0\.1:6379: a loopback address .*--advertise=HOST:PORT/,
      "169.254.169.254:80": /not dialled: +169\.254\.169\.254:80: a link-local address/,
      [`${network.address("nucleus")}:22`]: /not dialled: .*comes from 198\..*nucleus\.toml/,
    };
    for (const [address, says] of Object.entries(astray)) {
      await from.kill();
      await from.start([`--advertise=${address}`]);
      const text = await shown();
      assert.match(text, says);
      assert.doesNotMatch(text, /listens on/);
      await assert.rejects(grid.sync(), /listen nowhere/);
    }
    await grid.killNucleus();
    const { stderr } = await grid.nucleus!.result;
    assert.equal(stderr.match(/address of a Star not taken/g)?.length, 3, stderr);
  },
});
