// What the log says of a Redis or a database that is not as it should be, once when that begins and once when it is over.
const REDIS = /^Redis .* until all is well again\.$|^Redis is there again\.$/
export const ofDatabase = /^The database (cannot|can) be (written|read)/

export const ofRedis = REDIS
export const ofAll = new RegExp(`${REDIS.source}|${ofDatabase.source}`)
