/** Runs once before the suite. */
export default async function globalSetup(): Promise<void> {
  // Says on each start that Node 20 will not be served from 2027 on; the bundles run on a newer one.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
}
