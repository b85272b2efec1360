import { sparingDeadAddresses } from "../../lambdas/expiry-monitor/address-health";
import type { HandshakeResult } from "../../lambdas/expiry-monitor/handshake";

/** What comes of so many connections one after the other, and how many of them were really tried. */
async function connections(count: number, answers: (n: number) => HandshakeResult["status"], address = "192.0.2.1") {
  let tried = 0;
  const handshake = sparingDeadAddresses(async () => {
    tried++;
    return { status: answers(tried), detail: "as told" } as HandshakeResult;
  });
  const results: HandshakeResult[] = [];
  for (let n = 0; n < count; n++) results.push(await handshake({ address, port: 443, name: `t${n}.example` }));
  return { tried, last: results.at(-1) };
}

describe("an address at which nobody answers", () => {
  it("is tried forty times running", async () => {
    expect((await connections(40, () => "no-connection")).tried).toBe(40);
  });

  it("is spared from then on, and it is said why", async () => {
    expect(await connections(50, () => "no-connection")).toEqual({
      tried: 40,
      last: { status: "no-connection", detail: "nobody has answered at this address 49 times running" },
    });
  });

  it("is tried again for every fiftieth name", async () => {
    expect((await connections(100, () => "no-connection")).tried).toBe(41);
    expect((await connections(101, () => "no-connection")).tried).toBe(42);
  });

  it("is asked for everybody again once somebody answers, be it with a refusal", async () => {
    expect((await connections(60, (n) => (n === 41 ? "refused" : "no-connection"))).tried).toBe(50);
  });
});
