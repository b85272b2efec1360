import * as os from "node:os";
import { instanceMetadata } from "../../wire/aws/instance-metadata";

/** The instance id; outside of EC2 the host's name. */
export function instanceName(): Promise<string> {
  return instanceMetadata("instance-id").catch(() => os.hostname());
}
