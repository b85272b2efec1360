import * as fs from "node:fs/promises";

/**
 * Does work with the rights of the folder's owner and no more: the agent owns its folder, so root must follow no link in it, nor write
 * what a link there points at. Whoever is not root works as they are.
 */
export async function asOwnerOf<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const { uid, gid } = await fs.stat(directory);
  const { setegid, seteuid, setgroups } = process;
  if (process.getuid?.() !== 0 || uid === 0 || !setegid || !seteuid || !setgroups) return work();
  const groups = process.getgroups?.() ?? [];
  setgroups([gid]);
  setegid(gid);
  seteuid(uid);
  try {
    return await work();
  } finally {
    seteuid(0);
    setegid(0);
    setgroups(groups);
  }
}
