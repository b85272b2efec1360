import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { DAY, HOUR, MINUTE } from "../../core/base/clock";
import { localThreshold } from "../../local/aws/differences";
import { intervalOf } from "../../local/aws/schedules";
import { timeScale } from "../../local/aws/time-scale";
import { readStackConfig } from "../../local/run/config";

describe("A stack's configuration", () => {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "certfront-config-"));
  afterAll(() => fs.rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);

  it("is the project's defaults and the stack's own values, as the Pulumi CLI hands them to a program", () => {
    write(
      "Pulumi.yaml",
      "name: demo\nconfig:\n  fronts: {type: integer, default: 2}\n  mail: {type: string, default: ''}\n  key: {secret: true, default: ''}\n",
    );
    write(
      "Pulumi.dev.yaml",
      "config:\n  aws:region: eu-west-3\n  demo:fronts: 3\n  demo:tenants: [a.example, {domain: b.example}]\n  demo:key: {secure: v1:abc}\n",
    );
    expect(readStackConfig(folder, "dev")).toMatchObject({
      project: "demo",
      values: {
        "aws:region": "eu-west-3",
        "demo:fronts": "3",
        "demo:mail": "",
        "demo:key": "",
        "demo:tenants": '["a.example",{"domain":"b.example"}]',
      },
      secretKeys: ["demo:key"],
      unreadable: ["demo:key"],
    });
  });

  it.each([
    ["is missing", "nowhere", /Pulumi\.nowhere\.yaml cannot be read/],
    ["is not YAML", "broken", /Pulumi\.broken\.yaml is not valid YAML/],
  ])("says which file %s", (_what, stack, message) => {
    write("Pulumi.broken.yaml", "config: [");
    expect(() => readStackConfig(folder, stack)).toThrow(message);
  });
});

describe("Time on this machine", () => {
  it("is left alone in an ordinary run", () => {
    const scale = timeScale();
    expect([scale.factor, scale.schedule(MINUTE), scale.alarmPeriod(3_600)]).toEqual([1, MINUTE, 3_600]);
    expect(localThreshold("DaysToExpiryMin", 2, scale)).toBe(2);
  });

  it("runs as much faster as certificates are shorter, as far as the machine keeps pace", () => {
    const day = timeScale(9 * DAY);
    expect([day.factor, day.schedule(HOUR), day.alarmPeriod(3_600)]).toEqual([10, 6 * MINUTE, 360]);
    const minutes = timeScale(5 * MINUTE);
    expect(minutes.schedule(MINUTE)).toBe(1_000);
    expect(minutes.schedule(HOUR)).toBe(5_000);
    expect(minutes.alarmPeriod(60)).toBe(15);
    expect(localThreshold("DaysToExpiryMin", 2, minutes) * DAY).toBeCloseTo((2 / 90) * 5 * MINUTE);
    expect(localThreshold("OverdueFractionMax", 0.3, minutes)).toBe(0.3);
  });

  it("reads the rates of schedules, and refuses what it cannot run", () => {
    expect([intervalOf("rate(1 minute)"), intervalOf("rate(8 hours)"), intervalOf("rate(2 days)")]).toEqual([
      MINUTE,
      8 * HOUR,
      2 * DAY,
    ]);
    expect(() => intervalOf("cron(0 12 * * ? *)")).toThrow(/not a rate/);
  });
});
