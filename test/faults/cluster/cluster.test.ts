// Every fault and every broken build of a place of three processes, shortly.
import { testSuite } from "../in-tests.ts"
import { ofSeveralProcesses } from "./suite.ts"

testSuite(ofSeveralProcesses, 5)
