import { certfront as run } from "../../testing/certfront-cli";
import { type CliStack, startCliStack } from "../../testing/cli-stack";
import { activeTenant, heartbeat, NOW, notPointing, pendingTenant } from "../../testing/sample-tenants";

const PARIS = /^data\.paris\.example {2}active/;
const LYON = /^www\.lyon\.example {2}active/;
const CAFE = /^xn--caf-dma\.example {2}active/;
const MEANT_PARIS = /There is no tenant data\.pai?ri?ss?\.example\. Did you mean data\.paris\.example\?/;
const NOPE = /There is no tenant nope\.example\.\n/;

/** Each with its exit code, and what is said first of all or among other things. */
const TYPED: readonly (readonly [command: readonly string[], code: number, says: RegExp])[] = [
  [["status", "data.paris.example"], 0, PARIS],
  [["status", "DATA.Paris.Example."], 0, PARIS],
  [["status", "https://data.paris.example/"], 0, PARIS],
  [["status", "https://data.paris.example:8443/thredds/x.nc"], 0, PARIS],
  [["status", "data.paris.example:443"], 0, PARIS],
  [["status", "data.paris.example/thredds"], 0, PARIS],
  [["status", "//data.paris.example/"], 0, PARIS],
  [["status", "<https://data.paris.example>"], 0, PARIS],
  [["status", '"data.paris.example"'], 0, PARIS],
  [["status", "ops@data.paris.example"], 0, PARIS],
  [["status", "“https://data.paris.example/x”"], 0, PARIS],
  [["status", "[portal](https://data.paris.example/x)"], 0, PARIS],
  [["status", "\u200bdata.paris.example"], 0, PARIS],
  [["status", "Host: data.paris.example"], 0, PARIS],
  [["status", "https//data.paris.example"], 0, PARIS],
  [["status", "data.paris.example!"], 0, PARIS],
  [["status", "data。paris。example"], 0, PARIS],
  [["status", "café.example"], 0, CAFE],
  [["status", "CAFÉ.example"], 0, CAFE],
  [["status", "xn--caf-dma.example"], 0, CAFE],
  [["status", "lyon.example"], 0, LYON],
  [["status", "LYON.example:443"], 0, LYON],
  [["status", "www.rouen.example"], 1, /www\.rouen\.example points to 203\.0\.113\.9/],
  [["status", "data.pariss.example"], 3, MEANT_PARIS],
  [["status", "data.pairs.example"], 3, MEANT_PARIS],
  [["status", "nope.example"], 3, NOPE],
  [["status", "192.0.2.10"], 2, /"192\.0\.2\.10" is an IP address/],
  [["status", "paris"], 2, /"paris" has a single label; write the whole name/],
  [["status", "data_paris.example"], 2, /underscore/],
  [["status", "data paris.example"], 2, /a space/],
  [["status", ""], 2, /"": there is no domain name in it/],
  [["explain", "lyon.example"], 1, /www\.lyon\.example has no address in DNS/],
  [["explain", "https://data.paris.example/path"], 1, /^ok {2}dns {6}data\.paris\.example points to 127\.0\.0\.1/],
  [["explain", "data.pariss.example"], 1, /Did you mean data\.paris\.example\?/],
  [["explain", "https://lyon.example", "--for-customer"], 1, /^Subject: .* www\.lyon\.example/],
  [["renew", "lyon.example"], 0, /^www\.lyon\.example will be renewed/],
  [["renew", "https://www.rouen.example/"], 0, /^www\.rouen\.example will be renewed/],
  [["renew", "nope.example"], 3, NOPE],
  [["revoke", "nope.example"], 3, NOPE],
  [["revoke", "https://lyon.example/"], 1, /lyon\.example is an alias of www\.lyon\.example\.\nNothing was revoked\./],
  [["stats"], 2, /There is no command stats\. Did you mean status\?/],
  [["--version"], 0, /^\d+\.\d+\.\d+$/],
  [["status", "--watsh"], 2, /Unknown option '--watsh'\. Did you mean --watch\?/],
  [["status", "a.example", "b.example"], 2, /status takes one domain, not 2\./],
];

describe("what a ticket holds, typed as it is", () => {
  let stack: CliStack;
  beforeAll(async () => {
    stack = await startCliStack({ now: () => NOW });
    for (const domain of ["data.paris.example", "xn--caf-dma.example"])
      await stack.store.createTenant(activeTenant(domain));
    await stack.store.createTenant(activeTenant("www.lyon.example", 75, ["lyon.example"]));
    await stack.store.createTenant(pendingTenant("www.rouen.example", notPointing("www.rouen.example")));
    await stack.store.putHeartbeat(heartbeat("front-a"));
    stack.dns.set("data.paris.example", { a: ["127.0.0.1"] });
  });
  afterAll(() => stack?.stop());

  it.each(TYPED)("certfront %j: exit code %d, %s", async (command, exit, says) => {
    const { code, stdout, stderr } = await run(command, { env: stack.env, clock: { now: () => NOW } });
    expect(says.test(stdout) ? stdout : stderr).toMatch(says);
    expect(code).toBe(exit);
  });
});
