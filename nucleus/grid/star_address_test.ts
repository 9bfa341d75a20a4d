import assert from "node:assert/strict";
import { parsePeerAddress } from "#core/config/mod.ts";
import { type AddressRule, judgeAddress } from "./star_address.ts";

const judge = (said: string, from: string, rule: AddressRule) =>
  judgeAddress(parsePeerAddress(said, 0)!, from, rule);

const TAKEN: [said: string, from: string, rule: AddressRule, told: string][] = [
  ["nas:50051", "192.0.2.7:4000", "any", "nas:50051"],
  ["10.0.0.9:50051", "192.0.2.7:4000", "any", "10.0.0.9:50051"],
  ["127.0.0.1:50051", "127.0.0.1:4000", "any", "127.0.0.1:50051"],
  ["localhost:50051", "[::1]:4000", "any", "localhost:50051"],
  ["[2001:db8::1]:50051", "192.0.2.7:4000", "any", "[2001:db8::1]:50051"],
  ["192.0.2.7:50051", "192.0.2.7:4000", "own", "192.0.2.7:50051"],
  ["nas:50051", "192.0.2.7:4000", "own", "192.0.2.7:50051"],
  ["[2001:DB8:0::7]:50051", "[2001:db8::7]:4000", "own", "[2001:db8::7]:50051"],
  ["127.0.0.1:50051", "127.0.0.1:4000", "own", "127.0.0.1:50051"],
];

Deno.test("judgeAddress takes what may be a Star's, and by the rule `own` nothing else", () => {
  for (const [said, from, rule, told] of TAKEN) {
    assert.deepEqual(judge(said, from, rule), { address: told }, `${said} from ${from}`);
  }
});

const REFUSED: [said: string, from: string, rule: AddressRule, why: RegExp][] = [
  ["169.254.169.254:80", "192.0.2.7:4000", "any", /link-local.*--advertise/],
  ["[::ffff:a9fe:a9fe]:80", "127.0.0.1:4000", "any", /link-local/],
  ["[fe80::1]:80", "192.0.2.7:4000", "any", /link-local/],
  ["127.0.0.1:6379", "192.0.2.7:4000", "any", /loopback/],
  ["localhost:6379", "control stream", "any", /loopback/],
  ["[::1]:6379", "192.0.2.7:4000", "any", /loopback/],
  ["0.0.0.0:6379", "127.0.0.1:4000", "any", /no machine/],
  ["224.0.0.1:50051", "192.0.2.7:4000", "any", /multicast/],
  ["10.0.0.9:50051", "192.0.2.7:4000", "own", /comes from 192\.0\.2\.7.*"any"/],
  ["192.0.2.7:50051", "control stream", "own", /isn't known/],
];

Deno.test("judgeAddress refuses what leads elsewhere, and says why and what to do", () => {
  for (const [said, from, rule, why] of REFUSED) {
    const { address, refusedAddress } = judge(said, from, rule);
    assert.equal(address, undefined, said);
    assert.match(refusedAddress!.why, why, said);
  }
});
