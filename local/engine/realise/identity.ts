import { arn, nameOf, roleArn } from "../../aws/account";
import type { Kind } from "./kind";
import { physicalName } from "./kind";

/** Roles and their policies: what the local IAM decides by. */
export const identityKinds: Readonly<Record<string, Kind>> = {
  "aws:iam/role:Role": {
    realise(role, { iam }, node) {
      const name = physicalName(role, node);
      iam.createRole(name);
      for (const policy of role.list("inlinePolicies")) iam.attach(name, policy.text("name"), policy.value("policy"));
      return { id: name, name, arn: roleArn(name), uniqueId: name };
    },
  },
  "aws:iam/rolePolicy:RolePolicy": {
    live: true,
    realise(policy, { iam }, node) {
      const role = nameOf(policy.text("role"));
      iam.attach(role, node.name, policy.value("policy"));
      return { id: `${role}:${node.name}`, name: node.name };
    },
  },
  "aws:iam/instanceProfile:InstanceProfile": {
    realise(profile, { instanceProfiles }, node) {
      const name = physicalName(profile, node);
      instanceProfiles.set(name, nameOf(profile.text("role")));
      return { id: name, name, arn: arn("iam", "", `instance-profile/${name}`) };
    },
  },
};
