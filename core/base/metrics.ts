/** CloudWatch namespace and the names of every metric certfront emits (docs/contracts.md says who emits what). */
export const METRIC_NAMESPACE = "certfront";

export const METRICS = {
  daysToExpiryMin: "DaysToExpiryMin",
  overdueFractionMax: "OverdueFractionMax",
  servedMismatches: "ServedMismatches",
  namesUnreachable: "NamesUnreachable",
  namesChecked: "NamesChecked",
  oldestPendingSeconds: "OldestPendingSeconds",
  dnsWarnings: "DnsWarnings",
  frontsStale: "FrontsStale",
  frontsOutdated: "FrontsOutdated",
  monitorHeartbeat: "MonitorHeartbeat",
  tenantsByState: "TenantsByState",
  tenantsByReason: "TenantsByReason",
  ordersCreated: "OrdersCreated",
  ordersFailed: "OrdersFailed",
  certificatesIssued: "CertificatesIssued",
  issuanceSeconds: "IssuanceSeconds",
  caLimitUsedMax: "CaLimitUsedMax",
  tenantsDue: "TenantsDue",
  reconcileHeartbeat: "ReconcileHeartbeat",
  frontRevisionLagSeconds: "FrontRevisionLagSeconds",
  frontCertificates: "FrontCertificates",
  frontSyncFailures: "FrontSyncFailures",
  frontSelfCheckMismatches: "FrontSelfCheckMismatches",
  frontHeartbeat: "FrontHeartbeat",
} as const;
