import assert from "node:assert/strict";
import { connectionTrouble } from "./connection_trouble.ts";

Deno.test("connectionTrouble says in plain words why there is no connection", () => {
  const cases: [string, string][] = [
    ["connect ECONNREFUSED 127.0.0.1:7050", "nothing listens at 127.0.0.1:7050"],
    ["getaddrinfo ENOTFOUND nucleus.lan", 'the name "nucleus.lan" is not known here'],
    [
      "No connection established. Last error: Error: connect ECONNREFUSED [::1]:5. Resolution note: ",
      "nothing listens at [::1]:5",
    ],
    [
      "No connection established. Last error: Error: strange things. Resolution note: ",
      "no connection: strange things",
    ],
    ["read ECONNRESET", "the other side cut the connection"],
    ["Connection dropped", "Connection dropped"],
    [
      "No connection established. Last error: Error: unable to verify the first certificate. Resolution note: ",
      "its certificate is another grid's, or doesn't hold now; compare the clocks of both machines",
    ],
  ];
  for (const [said, meant] of cases) assert.equal(connectionTrouble(said), meant);
});
