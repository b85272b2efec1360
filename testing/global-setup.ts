import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { Config } from "@jest/types";
import { bundle } from "../build/bundle";
import { ensurePackages } from "../local/process/debian/ensure-packages";
import { suitePackage } from "../local/process/debian/suite-package";
import { SUITE_PACKAGES } from "./debian/packages";
import { beginTrixieRoot } from "./debian/trixie-root";

const ROOT = path.join(__dirname, "..");

/** Runs once before the suite: the programs that tests start, and the bundles that run on AWS and here. */
export default async function globalSetup({ testPathPatterns }: Config.GlobalConfig): Promise<void> {
  await prepareSuite(!testPathPatterns.isSet());
}

/** @param whole whether all files run: then the Debian 13 root is begun, which takes a new machine a minute and a half */
export async function prepareSuite(whole = false): Promise<void> {
  // Says on each start that Node 20 will not be served from 2027 on; the bundles run on a newer one.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  // All that tests write goes with the run, whatever became of the test.
  process.env.CERTFRONT_TEST_FOLDER = process.env.TMPDIR = fs.mkdtempSync(path.join(tmpdir(), "certfront-"));
  ensurePackages(SUITE_PACKAGES);
  if (whole) beginTrixieRoot(ROOT);
  // Fetched once here, so that no test waits for it; a test that needs it says so where it cannot be had.
  suitePackage(ROOT, "sid", "pebble");
  await bundle(ROOT);
}
