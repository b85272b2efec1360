import { DAY, MINUTE } from "../../../core/base/clock";
import type { Handover } from "../../../core/handover/message";
import type { ReasonCode } from "../../../core/record/reason";
import { DOMAIN, message, NOW, record } from "../../../testing/handover";

const LOOK = `We look again by ourselves, next at 2027-02-19
14:12 UTC (in 9 minutes); https://v6.rouen.example works about a minute after
the first look that finds all in order.`;
const servedUntil = NOW + 30 * DAY;
const problems = (...codes: readonly ReasonCode[]) => codes.map((code) => ({ name: DOMAIN, code }));

describe("a message to a customer who has nothing to do", () => {
  it.each<[string, Partial<Handover>, string]>([
    [
      "whose site works",
      { servedUntil },
      `\
Subject: v6.rouen.example is in order

https://v6.rouen.example works. Its certificate is valid until 2027-03-21 and
is renewed by itself before that, as long as DNS stays as it is. There is
nothing for you to do.`,
    ],
    [
      "whose DNS is right by now",
      {},
      `\
Subject: v6.rouen.example is in order

The DNS of v6.rouen.example is as it should be, as we see it now. We look
again by ourselves, next at 2027-02-19 14:12 UTC (in 9 minutes);
https://v6.rouen.example works about a minute after the first look that finds
all in order.`,
    ],
    [
      "whose first certificate is on its way",
      { problems: problems("WAITING") },
      `\
Subject: v6.rouen.example: nothing for you to do

v6.rouen.example is on its way.

Why: the certificate for v6.rouen.example is being issued, which mostly takes
about a minute.

There is nothing for you to do. ${LOOK}`,
    ],
    [
      "whose first certificate waits for the CA too",
      { problems: problems("WAITING", "CA_DOWN") },
      `\
Subject: v6.rouen.example: nothing for you to do

v6.rouen.example is not ready yet; your DNS is not the cause.

Why: the certificate for v6.rouen.example is being issued, which mostly takes
about a minute.
Why: the certificate authority has a problem of its own, and we ask again
until it answers.

There is nothing for you to do. ${LOOK}`,
    ],
    [
      "whose next certificate waits for us",
      { problems: problems("INTERNAL"), servedUntil },
      `\
Subject: v6.rouen.example: nothing for you to do

v6.rouen.example works today. Its next certificate is not there yet.

Why: something of ours went wrong while we looked at v6.rouen.example.

There is nothing for you to do: we are looking into it. We look again by
ourselves, next at 2027-02-19 14:12 UTC (in 9 minutes).`,
    ],
    [
      "whose domain was taken out, whatever else is wrong with it",
      { problems: problems("INTERNAL", "REMOVED"), servedUntil },
      `\
Subject: v6.rouen.example: nothing for you to do

v6.rouen.example is not served by us any more.

Why: something of ours went wrong while we looked at v6.rouen.example.
Why: v6.rouen.example was taken out of our configuration.

If you did not expect that, please answer this message.`,
    ],
  ])("and %s", (_who, handover, text) => expect(message(undefined, handover)).toBe(text));

  it("gives our reasons alone, where others will pass by themselves", () => {
    const text = message(undefined, { problems: problems("CA_DOWN", "INTERNAL", "WAITING") });
    expect(text.match(/Why: .*/g)).toEqual(["Why: something of ours went wrong while we looked at v6.rouen.example."]);
  });
});

describe("records that are not the owner's to set", () => {
  it.each<[string, Partial<Handover>, string]>([
    ["in order", { servedUntil }, " is in order"],
    ["ours to mend", { problems: problems("INTERNAL") }, ": nothing for you to do"],
  ])("stand in no message about what is %s", (_what, handover, words) => {
    const text = message(undefined, { ...handover, records: [record({})] });
    expect(text).toContain(`Subject: ${DOMAIN}${words}\n`);
    expect(text).not.toContain("192.0.2.10");
  });
});

describe("when we look again", () => {
  it.each<[string, number, string]>([
    ["later", NOW + 2 * 60 * MINUTE, "next at 2027-02-19 16:03 UTC (in 2 hours)."],
    ["now, and no time to wait for", NOW, "next at 2027-02-19 14:03 UTC."],
    ["now, where that should have been before", NOW - DAY, "next at 2027-02-19 14:03 UTC."],
  ])("is %s", (_when, nextLook, words) => {
    const text = message("CA_DOWN", { nextLook, servedUntil }).replaceAll("\n", " ");
    expect(text).toContain(`We look again by ourselves, ${words}`);
  });
});

describe("who writes", () => {
  it.each<[string, Handover["operator"], string]>([
    [
      "stands below",
      { name: "Example Hosting", support: "help@hosting.example" },
      "\n\nExample Hosting\nhelp@hosting.example",
    ],
    ["may have no address", { name: "Example Hosting", support: "" }, "\n\nExample Hosting"],
    ["may have no name", { name: "", support: "help@hosting.example" }, "\n\nhelp@hosting.example"],
    ["may be nobody", { name: "", support: "" }, ""],
    ["may not be known", undefined, ""],
  ])("%s", (_who, operator, signature) => {
    const text = message(undefined, { servedUntil, operator });
    expect(text.slice(text.indexOf("nothing for you to do.") + "nothing for you to do.".length)).toBe(signature);
  });
});
