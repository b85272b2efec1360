import { existsSync } from "node:fs";
import type { FrontSettings } from "../settings";
import type { FrontLog } from "./front-log";

/** certfront-metadata.service has it while its rule is in force. */
const IN_FORCE = "/run/certfront-metadata";

/**
 * An image without nftables makes a front all the same, on which HAProxy cannot reach the role's credentials and every other user can:
 * said in the log. Only of instances: elsewhere there are no metadata.
 */
export function tellOfOpenMetadata({ user }: FrontSettings, log: Pick<FrontLog, "warn">, inForce = IN_FORCE): void {
  if (user === undefined || existsSync(inForce)) return;
  log.warn("the instance's metadata are open to every user but HAProxy's", {
    advice: "Put the package nftables into the image (customAmi), and see journalctl -u certfront-metadata.",
  });
}
