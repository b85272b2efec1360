/** What `import … from "certfront"` gives. */
export type { ClientCertificateSettings, TenantEntry, TenantSettings } from "../core/tenant/entry";
export type { Tenant } from "../core/tenant/tenant";
export type { AlarmTarget } from "./alarms/target";
export type { TenantFrontArgs } from "./config/args";
export type { CaDescription, CaEntry } from "./config/ca-list";
export type { FrontSize } from "./fronts/size";
export type { ExistingNetwork } from "./network/network";
export { TenantFront } from "./tenant-front";
