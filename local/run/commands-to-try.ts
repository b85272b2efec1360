import * as path from "node:path";
import type { Endpoints } from "./endpoints";

/** Commands for somebody who has just seen the stack come up, ready to be pasted. */
export function commandsToTry(endpoints: Endpoints, domain: string | undefined): string[] {
  const [host = "", httpsPort = ""] = endpoints.loadBalancer.https.split(":");
  const httpPort = endpoints.loadBalancer.http.split(":")[1] ?? "";
  const root = path.relative(process.cwd(), endpoints.acme.root);
  const curl =
    domain === undefined
      ? []
      : [
          `curl --resolve ${domain}:${httpsPort}:${host} --cacert ${root} https://${domain}:${httpsPort}/`,
          `curl -i --resolve ${domain}:${httpPort}:${host} http://${domain}:${httpPort}/`,
        ];
  return [...curl, "npx certfront status", `open ${endpoints.console}`];
}
