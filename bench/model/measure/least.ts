// What else a machine does only makes things slower and dearer. So what is measured several times is what it was at its least.

/** A percentile of times that is as good as the least, without being the one that was lucky. */
export const UNDISTURBED = 2

/** Of each figure the least of so many rounds. */
export async function leastOf<Figures extends Record<string, number>>(
  rounds: number,
  measure: () => Figures | Promise<Figures>,
): Promise<Figures> {
  const least = { ...(await measure()) } as Record<string, number>
  for (let round = 1; round < rounds; round++)
    for (const [name, value] of Object.entries(await measure())) least[name] = Math.min(least[name]!, value)
  return least as Figures
}

/** Microseconds of processor time that this process has used. */
export function ownTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
