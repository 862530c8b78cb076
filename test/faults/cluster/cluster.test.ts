// The same for a place of three processes, on Postgres and Redis.
import { testSuite } from "../in-tests.ts"
import { ofSeveralProcesses } from "./suite.ts"

testSuite(ofSeveralProcesses, 5)
