/**
 * What a limit on time is measured by in tests: the processor time of this process, all threads of it. A clock on the wall would
 * count what other programs do, and a test would fail because the machine is busy.
 */

/** Milliseconds that `body` takes. */
export async function processorTime(body: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await body();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
