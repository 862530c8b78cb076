// How much people say. Derived from 236,076 messages that people wrote in five channels of a large public IRC network and of
// others like it, from 2004 to 2019; a day counts as whole if its first and last message are more than 23 hours apart, and
// there are 24 of those. Of those messages nothing else was kept.

export const use = {
  /** Characters, and bytes, of a message: mean, and percentiles of the characters. */
  length: { mean: 59, p50: 44, p90: 127, p99: 279 },
  /** Messages of one who speaks on a day: mean, and percentiles. Most say little: half say four or fewer. */
  ofADay: { mean: 9.9, p50: 4, p90: 25, p99: 82 },
  /** Messages of one who speaks in an hour, in that hour. */
  ofAnHour: { mean: 6.9, p50: 3, p90: 17, p99: 50 },
  /** The busiest hour, and minute, of a day in one channel, over their mean of that day: medians of the days. Of many channels
   *  together the busiest hour is less: the mean day of these has one of 3.2. */
  busiest: { hour: 5.4, minute: 16 },
}

const DAY = 86_400

/** Messages a second in the busiest hour, if all of so many speak on that day as those do who speak. */
export const atMost = (people: number): number => (people * use.ofADay.mean * use.busiest.hour) / DAY

/** Messages a year. */
export const ofAYear = (people: number): number => people * use.ofADay.mean * 365
