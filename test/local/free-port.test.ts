import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { freePorts } from "../../local/process/parts/free-port";

describe("free ports", () => {
  it("are ports that no outgoing connection takes before they are used", async () => {
    const [lowestOutgoing = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8")
      .split(/\s+/)
      .map(Number);
    for (const port of await freePorts(50)) expect(port).toBeLessThan(lowestOutgoing);
  });

  it("are never given twice, and skip what somebody listens on", async () => {
    const [last = 0] = (await freePorts(20)).slice(-1);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(last + 1, "127.0.0.1", resolve));
    const more = await freePorts(20);
    await new Promise((resolve) => server.close(resolve));
    expect(more).not.toContain(last + 1);
    expect(new Set(more).size).toBe(20);
  });
});
