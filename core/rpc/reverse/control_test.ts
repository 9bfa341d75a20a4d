import { testCaller } from "../caller_conformance.ts";
import { KEEPS_TIMERS } from "../conformance_help.ts";
import { MAX_REVERSE_MESSAGE_BYTES } from "../limits.ts";
import { createTlsFixture } from "../tls_fixture.ts";
import { openControl } from "./control_fixture.ts";

const fixture = await createTlsFixture();

testCaller(
  "calls in reverse through a control stream",
  MAX_REVERSE_MESSAGE_BYTES,
  (served) => openControl(served, fixture),
  KEEPS_TIMERS,
);
