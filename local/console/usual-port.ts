/** Where the console is each time, so that a tab stays open; the next ones where it is taken. */
export const USUAL_PORT = 7443;
const TRIES = 20;

/** Listens on the first of those ports that is free, or on any. @param first default: the usual one */
export async function atUsualPort<Server>(
  listen: (port: number) => Promise<Server>,
  first = USUAL_PORT,
): Promise<Server> {
  for (let port = first; port < first + TRIES; port++) {
    try {
      return await listen(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
  return listen(0);
}
