import * as path from "node:path";
import type { FrontSettings } from "../front/settings";
import { THUMBPRINT } from "./challenge-server";
import { NO_SEAL_KEY } from "./data-keys";

/** A front's settings with everything of it below `home`, and the real ports of an instance unless said. */
export function frontSettings(home: string, changes: Partial<FrontSettings> = {}): FrontSettings {
  return {
    front: path.basename(home),
    roleId: "AROATEST",
    stack: "test",
    region: "",
    table: "t",
    transientTable: "transient",
    sealKey: NO_SEAL_KEY,
    thumbprint: THUMBPRINT,
    logGroup: "",
    directory: path.join(home, "data"),
    haproxyConfig: path.join(home, "haproxy.cfg"),
    socket: path.join(home, "haproxy.sock"),
    bind: "127.0.0.1",
    httpPort: 80,
    httpsPort: 443,
    healthPort: 8404,
    syncSeconds: 2,
    ...changes,
  };
}
