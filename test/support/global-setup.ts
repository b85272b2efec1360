import * as path from "node:path";
import { bundle } from "../../scripts/bundle";
import { ensurePackages } from "../../scripts/debian/ensure-packages";

/** The program that shows that a Debian package is there, by package. */
const PACKAGES = { pebble: "pebble", haproxy: "haproxy", openssl: "openssl", chromium: "chromium" };

const ROOT = path.join(__dirname, "..", "..");

/** Runs once before the suite: the programs that tests start, and the bundles that run on AWS and here. */
export default async function globalSetup(): Promise<void> {
  // Says on each start that Node 20 will not be served from 2027 on; the bundles run on a newer one.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  ensurePackages(PACKAGES);
  await bundle(ROOT);
}
