// Is what a client heard part of this history? A restored backup takes ticks back that clients have heard of, and gives
// them out again for other things. Nothing about its files shows that surely: their dates, numbers and neighbours may be
// restored along with them.
//
// So each start of the place begins an epoch, at the tick that it finds, and the database keeps the line of them. What was
// said after a backup was taken was said in an epoch that the backup does not know, or in its last one beyond the tick at
// which the next now begins. Everything else is ours, and whoever heard only that goes on as if nothing had been.

/** `began`: the tick that the place had come to, and the last one of the epoch before. */
export type Epoch = { name: string; began: number }
