/** Runs once before the suite. */
export default async function globalSetup(): Promise<void> {}
