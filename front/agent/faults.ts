/** Whether it is the machine that fails: its disk is full, broken or read-only, or it has no more files to give. */
export const isMachines = (error: unknown): boolean =>
  ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "ENFILE"].includes(String((error as { code?: unknown }).code));

export const isUnreachable = (error: unknown): boolean =>
  (error as { code?: unknown } | undefined)?.code === "HAPROXY_UNREACHABLE";
