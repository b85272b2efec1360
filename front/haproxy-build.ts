/** The HAProxy that a configuration is written for. */
export interface HaproxyBuild {
  /** Such as `3.0.11`. */
  readonly version: string;
  /** The TLS library it runs with, such as `OpenSSL 3.5.9`. */
  readonly tls: string;
}

/** @param text what `haproxy -vv` prints */
export function parseHaproxyBuild(text: string): HaproxyBuild {
  return {
    version: /version (\d+(?:\.\d+)*)/.exec(text)?.[1] ?? "unknown",
    tls: /^Running on (?:OpenSSL|SSL library) version *: ([\w.-]+ [\d.]+)/m.exec(text)?.[1] ?? "unknown",
  };
}

/** Whether a version is this one or a later one; what is no version is older than any. @param version such as `3.0.11` */
export function atLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
