import { mkdtempSync, rmSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { Haproxy } from "../../front/agent/haproxy";
import { HaproxySocket, HaproxyUnreachableError } from "../../front/agent/haproxy-socket";

/** HAProxy's end is played here, to cut answers in pieces and connections in the middle. */
describe("the connection to HAProxy", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "certfront-socket-"));
  const socketPath = path.join(directory, "haproxy.sock");
  let server: net.Server;
  let received: string;
  /** Answers a whole line; undefined: says nothing. */
  let answer: (line: string, connection: net.Socket) => string | undefined;

  beforeEach(async () => {
    received = "";
    answer = () => "";
    server = net.createServer((connection) => {
      let rest = "";
      connection.on("error", () => undefined);
      connection.on("data", (chunk) => {
        rest += chunk;
        received += chunk;
        for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
          const line = rest.slice(0, end);
          rest = rest.slice(end + 1);
          const text = answer(line, connection);
          if (text !== undefined) connection.write(`${text}\n> `);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([["show info;quit"], ["show info\nquit"], ["show info\rquit"]])(
    "sends nothing of %j, which would be a second command",
    (command) => {
      const socket = new HaproxySocket(socketPath);
      expect(() => socket.send(command)).toThrow(RangeError);
      expect([socket.connections, received]).toEqual([0, ""]);
    },
  );

  it("answers commands sent together each with its own answer, however they are cut", async () => {
    answer = (line, connection) => {
      if (!line.startsWith("echo")) return "";
      for (const letter of `${line} done`) connection.write(letter);
      return "";
    };
    const socket = new HaproxySocket(socketPath);
    const answers = await Promise.all(["echo one", "echo two", "echo three"].map((line) => socket.send(line)));
    expect(answers).toEqual(["echo one done", "echo two done", "echo three done"]);
    socket.close();
  });

  it("takes empty lines out of a payload, as they would end it", async () => {
    answer = (line) => (line.startsWith("set ssl") || line.includes("MII") ? undefined : "");
    const socket = new HaproxySocket(socketPath);
    await socket.send("set ssl cert /x.pem", "\nMIIa\n\n\r\nMIIb\n");
    expect(received).toContain("set ssl cert /x.pem <<\nMIIa\nMIIb\n\n");
    socket.close();
  });

  it("fails what was under way when it breaks, and connects anew for the next", async () => {
    answer = (line, connection) => {
      if (line === "die") connection.destroy();
      return line === "die" ? undefined : "fine";
    };
    const socket = new HaproxySocket(socketPath);
    expect(await socket.send("show info")).toBe("fine");
    const lost = [socket.send("die"), socket.send("show info")];
    for (const one of await Promise.allSettled(lost)) {
      expect(one).toMatchObject({ status: "rejected", reason: expect.any(HaproxyUnreachableError) });
    }
    expect(await socket.send("show info")).toBe("fine");
    socket.close();
  });

  it("asks first for lasting answers that begin with their severity", async () => {
    const socket = new HaproxySocket(socketPath);
    await socket.send("show info");
    expect(received).toBe("prompt\nset timeout cli 86400\nset severity-output number\nshow info\n");
    await socket.send("show info");
    expect([socket.connections, received.match(/prompt/g)]).toEqual([1, ["prompt"]]);
    socket.close();
  });

  it("gives answers without what HAProxy asks for a payload with, and without blank ends", async () => {
    answer = (line) => (line === "show info" ? "+ + \nName: HAProxy\n\n > a\n\n" : "");
    const socket = new HaproxySocket(socketPath);
    expect(await socket.send("show info")).toBe("Name: HAProxy\n\n > a");
    socket.close();
  });

  describe("that HAProxy does not answer", () => {
    const MINUTE = 60_000;
    const IO = ["nextTick", "setImmediate", "queueMicrotask"] as const;
    beforeEach(() => jest.useFakeTimers({ doNotFake: [...IO] }));
    afterEach(() => jest.useRealTimers());
    const silence = async (): Promise<HaproxySocket> => {
      answer = (line) => (line === "quiet" ? undefined : "fine");
      const socket = new HaproxySocket(socketPath);
      await socket.send("show info");
      return socket;
    };

    it("is given up after a minute", async () => {
      const socket = await silence();
      let isOver = false;
      const asked = socket.send("quiet").finally(() => {
        isOver = true;
      });
      asked.catch(() => undefined);
      await jest.advanceTimersByTimeAsync(MINUTE - 1);
      expect(isOver).toBe(false);
      await jest.advanceTimersByTimeAsync(1);
      await expect(asked).rejects.toThrow(
        expect.objectContaining({
          message: `HAProxy does not answer on ${socketPath}.`,
          code: "HAPROXY_UNREACHABLE",
          advice: "Look at `systemctl status haproxy`; the agent goes on by itself as soon as HAProxy answers.",
        }),
      );
      expect(await socket.send("show info")).toBe("fine");
      socket.close();
    });

    it("is waited for anew after each answer, and not at all with nothing to answer", async () => {
      const socket = await silence();
      await jest.advanceTimersByTimeAsync(MINUTE);
      expect(jest.getTimerCount()).toBe(0);
      await socket.send("show info");
      await jest.advanceTimersByTimeAsync(MINUTE);
      expect([socket.connections, jest.getTimerCount()]).toEqual([1, 0]);
      socket.close();
    });

    it("leaves nothing to wait for once the connection is closed", async () => {
      const socket = await silence();
      const asked = socket.send("quiet");
      expect(jest.getTimerCount()).toBe(1);
      socket.close();
      await expect(asked).rejects.toThrow(HaproxyUnreachableError);
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  it("says when nobody is there", async () => {
    const socket = new HaproxySocket(path.join(directory, "none.sock"));
    await expect(socket.send("show info")).rejects.toThrow(HaproxyUnreachableError);
  });

  it.each(["a;shutdown", "a\nquit", "a quit", "a\r", "", "a<<"])("sends no word like %j", async (word) => {
    const haproxy = new Haproxy(socketPath);
    expect(() => new HaproxySocket(socketPath).send(`show map ${word}\n`)).toThrow(RangeError);
    await expect(haproxy.setMap("/policy.map", word, "x")).rejects.toThrow(RangeError);
    await expect(haproxy.removeCertificate(word)).rejects.toThrow(RangeError);
    expect(received).toBe("");
  });
});
