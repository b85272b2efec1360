import type { ProgressEvent } from "../../local/progress/events";
import { TerminalFrame } from "../../local/progress/terminal-frame";
import { coloured } from "../../local/progress/terminal-view";
import { commandsToTry } from "../../local/run/commands-to-try";

function drawn(events: readonly ProgressEvent[], width = 100): string {
  const frame = new TerminalFrame();
  for (const event of events) frame.take(event);
  return frame.lines(width).join("\n");
}

const ISSUED: ProgressEvent[] = [
  ...["dns", "caa", "token", "order"].map((step): ProgressEvent => ({ kind: "step", tenant: "a.example", step })),
  ...["validated", "issued", "stored"].map((step): ProgressEvent => ({ kind: "step", tenant: "a.example", step })),
  { kind: "served", tenant: "a.example", front: "front-1", seconds: 2.34 },
];

describe("What the terminal shows", () => {
  it("is every step of a tenant, and who serves it", () => {
    expect(drawn(ISSUED)).toMatch(/a\.example +✓ +✓ +✓ +✓ +✓ +✓ +1 \(2\.3 s\)/);
  });

  it("is why a tenant waits, under its row", () => {
    const sentence = "Nobody has set the DNS record of b.example yet.";
    expect(drawn([{ kind: "state", tenant: "b.example", state: "pending-dns", sentence }])).toContain(sentence);
  });

  it("is empty again when a renewal begins, but for who serves the tenant", () => {
    const row = drawn([...ISSUED, { kind: "step", tenant: "a.example", step: "dns" }])
      .split("\n")
      .find((line) => line.startsWith("a.example"));
    expect(row).toMatch(/a\.example +✓ +· +· +· +· +· +1 /);
  });

  it("is the alarms that ring, until they are OK", () => {
    const ring: ProgressEvent = { kind: "alarm", name: "local-page", from: "OK", to: "ALARM", reason: "because" };
    expect(drawn([ring])).toContain("ALARM local-page: because");
    expect(drawn([ring, { ...ring, from: "ALARM", to: "OK", reason: "over" }])).not.toContain("ALARM local-page");
  });

  it("is the fronts that fail their checks, until they pass them again", () => {
    const ill: ProgressEvent = { kind: "health", target: "front-2", group: "https", healthy: false };
    expect(drawn([ill])).toContain("! front-2 is unhealthy in https");
    expect(drawn([ill, { ...ill, healthy: true }])).not.toContain("front-2");
  });

  it("has colours on state only", () => {
    expect(coloured("a.example  ✓   ✓   ·  1 (2.3 s)")).toBe("a.example  \x1b[32m✓   ✓\x1b[39m   ·  1 (2.3 s)");
    expect(coloured("ALARM local-page: because")).toBe("\x1b[31mALARM local-page: because\x1b[39m");
    expect(coloured("! front-2 is unhealthy")).toBe("\x1b[33m! front-2 is unhealthy\x1b[39m");
    expect(coloured("  npx certfront try")).toBe("  npx certfront try");
  });

  it("drops a removed tenant once no front serves it", () => {
    expect(drawn([...ISSUED, { kind: "gone", tenant: "a.example", front: "front-1" }])).not.toMatch(
      /^a\.example +[✓·]/m,
    );
  });

  it("is never wider than the terminal", () => {
    const lines = drawn([...ISSUED, { kind: "warning", text: "x".repeat(500) }], 60).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it("counts the tenants that have no room", () => {
    const many = Array.from(
      { length: 30 },
      (_, n): ProgressEvent => ({ kind: "state", tenant: `t${n}.example`, state: "active" }),
    );
    expect(drawn(many)).toContain("and 18 more: 0 of 30 served");
  });

  it.each([
    ["a pace and the time left", 81, "81 of 300 served, 2.0 a second, about 2 min left"],
    ["nothing of a pace after the first few", 3, "3 of 300 served"],
    ["that it is done", 300, "all 300 served"],
  ])("says of many tenants %s", (_what, count, told) => {
    const events = Array.from({ length: 300 }, (_, n): ProgressEvent[] => [
      { kind: "state", tenant: `t${n}.example`, state: "issuing" },
      ...(n < count
        ? [{ kind: "served", tenant: `t${n}.example`, front: "front-1", seconds: n / 2 } satisfies ProgressEvent]
        : []),
    ]).flat();
    expect(drawn(events).split("\n")).toContain(`and 288 more: ${told}`);
  });

  const READY: ProgressEvent[] = [
    { kind: "console", url: "http://127.0.0.1:7443/" },
    ...["data.paris.example", "www.lyon.example", "opendata.nantes.example"].flatMap((tenant): ProgressEvent[] => [
      { kind: "step", tenant, step: "issued" },
      { kind: "served", tenant, front: "front-1", seconds: 3.9 },
      { kind: "served", tenant, front: "front-2", seconds: 3.9 },
    ]),
    { kind: "phase", text: "every tenant is served by every front" },
    ...commandsToTry("data.paris.example").map((text): ProgressEvent => ({ kind: "hint", text })),
  ];

  it("fits 80 columns and 24 lines when all is served, with the console first and every command whole", () => {
    const lines = drawn(READY, 80).split("\n");
    expect(lines[1]).toBe("  console  http://127.0.0.1:7443/   Ctrl-C ends it");
    expect(lines.length).toBeLessThan(24);
    expect(lines.filter((line) => line.endsWith("  1, 2 (3.9 s)"))).toHaveLength(3);
    for (const command of commandsToTry("data.paris.example")) expect(lines).toContain(`  ${command}`);
  });

  it("is a mistake in the configuration in whole lines, until it is corrected", () => {
    const text =
      '2 problems in the configuration:\n  tenants[0]: "not a name" contains a space or an invisible character, which no name has\nCorrect every line above and run again.';
    const frame = drawn([...READY, { kind: "problem", text }], 80);
    expect(frame).toContain("! Correct every line above and run again.");
    expect(Math.max(...frame.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(frame).not.toContain("…");
    expect(drawn([...READY, { kind: "problem", text }, { kind: "problem" }], 80)).not.toContain("!");
  });
});
