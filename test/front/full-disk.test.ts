import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { TestCertificate } from "../../testing/certificates";
import { handshake } from "../../testing/front-client";
import { type FrontHarness, startFronts, type TestFront } from "../../testing/front-harness";
import { type Available, describeWith } from "../../testing/left-out";
import { until } from "../../testing/until";

/** A file system of four megabytes, which can be really full. Only root may mount one. */
function smallDisk(): Available<{ readonly directory: string; remove(): void }> {
  const directory = mkdtempSync(path.join(tmpdir(), "certfront-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", directory], { stdio: "pipe" });
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    return {
      unavailable: `A file system cannot be mounted here: ${(error as Error).message.trim().split("\n").at(-1)}`,
    };
  }
  return {
    directory,
    remove: () => {
      execFileSync("umount", ["-l", directory]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const disk = smallDisk();

describeWith(disk, "a front whose disk is really full", () => {
  let fronts: FrontHarness;
  let front: TestFront;
  const directory = "unavailable" in disk ? "" : disk.directory;
  const filling = path.join(directory, "filling");
  const served = new Map<string, TestCertificate>();

  beforeAll(async () => {
    fronts = await startFronts({ fronts: 1, settings: { directory: path.join(directory, "data") } });
    await fronts.up();
    const [first] = fronts.fronts;
    if (!first) throw new Error("there is no front");
    front = first;
    for (const domain of ["one.example", "two.example", "three.example"]) served.set(domain, await fronts.add(domain));
  }, 120_000);

  afterAll(async () => {
    await fronts?.stop();
    if (!("unavailable" in disk)) disk.remove();
  });

  /** Writes until nothing more fits, to the last byte. */
  const fill = (): void => {
    for (const size of [1 << 20, 1 << 14, 1 << 10, 1]) {
      while (true) {
        try {
          writeFileSync(filling, Buffer.alloc(size), { flag: "a" });
        } catch (error) {
          expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
          break;
        }
      }
    }
  };
  const serialOf = (name: string): Promise<string> =>
    handshake(front.settings.httpsPort, name, { ca: fronts.ca.root }).then(
      ({ serial }) => serial,
      (error: Error) => error.message,
    );
  const expectAllServed = async (): Promise<void> => {
    for (const [domain, { summary }] of served)
      expect([domain, await serialOf(domain)]).toEqual([domain, summary.serial]);
  };
  const beat = async () => (await fronts.store.heartbeats(Date.now(), 60_000))[0];

  it("goes on serving what the table lists when its agent starts again, and takes changes when there is room", async () => {
    // The agent was killed between what it told HAProxy and what it wrote down.
    await front.kill("agent");
    rmSync(path.join(front.settings.directory, "tenants", "three.example.json"));
    fill();
    const killed = Date.now();
    await front.startAgent();
    await until("the agent has reported again", async () => ((await beat())?.at ?? 0) > killed);
    await until("what cannot be written down is reported", async () =>
      Boolean((await beat())?.failed.some(({ domain }) => domain === "three.example")),
    );
    await expectAllServed();

    const { certificate } = await fronts.issueAndStore("two.example");
    await until("the change is reported as failed", async () =>
      Boolean((await beat())?.failed.some(({ domain, problem }) => domain === "two.example" && /space/.test(problem))),
    );
    await expectAllServed();
    expect((await beat())?.ready).toBe(false);

    truncateSync(filling, 0);
    await fronts.served("two.example", certificate);
    served.set("two.example", certificate);
    await until("the front is ready", async () => (await beat())?.ready === true);
    await expectAllServed();
  }, 120_000);
});
