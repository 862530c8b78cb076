// Finds promises that nothing waits for and nothing catches, by the types that TypeScript knows: `node promises.mjs TSCONFIG
// FOLDER` prints a line each for the sources under that folder. By Node: the compiler is asked through pipes of Node's own.
import { join, relative } from "node:path"
import { SyntaxKind } from "typescript/unstable/ast"
import { API, SignatureKind } from "typescript/unstable/sync"

const [config, folder] = process.argv.slice(2)
const api = new API({ cwd: folder })
const { checker, program } = api.updateSnapshot({ openProject: config }).getProjects()[0]

const isPromise = (type) => type !== undefined && /^Promise(Like)?<|\| Promise(Like)?</.test(checker.typeToString(type))
const returnsPromise = (type) => {
  const signatures = type === undefined ? [] : checker.getSignaturesOfType(type, SignatureKind.Call)
  return signatures.some((signature) => isPromise(checker.getReturnTypeOfSignature(signature)))
}
/** Of what takes a function for its doing alone, and looks at nothing that it answers. */
const wantsNothing = (type) => {
  const signatures = type === undefined ? [] : checker.getSignaturesOfType(type, SignatureKind.Call)
  const answers = signatures.map((one) => checker.typeToString(checker.getReturnTypeOfSignature(one)))
  return answers.length > 0 && answers.every((answer) => answer === "void")
}

const ASSIGNS = new Set([SyntaxKind.EqualsToken, SyntaxKind.QuestionQuestionEqualsToken])

/** Kept for somebody: who that is, has to be looked at by people. */
const isKept = (node) => node.kind === SyntaxKind.BinaryExpression && ASSIGNS.has(node.operatorToken.kind)

/** Ends in `.catch(...)` or `.then(..., ...)`. */
function isCaught(node) {
  if (node.kind !== SyntaxKind.CallExpression) return false
  const { name } = node.expression
  return name?.text === "catch" || (name?.text === "then" && node.arguments.length === 2)
}

function inSource(file) {
  const statements = []
  const functions = []
  const look = (node) => {
    if (node.kind === SyntaxKind.ExpressionStatement) statements.push(node.expression)
    if (node.kind === SyntaxKind.VoidExpression) statements.push(node.expression)
    if (node.kind === SyntaxKind.ArrowFunction || node.kind === SyntaxKind.FunctionExpression) functions.push(node)
    node.forEachChild(look)
  }
  file.forEachChild(look)
  const found = []
  const tell = (node, words) => {
    const before = file.text.slice(0, node.end)
    const line = before.split("\n").length - file.text.slice(node.pos, node.end).trimStart().split("\n").length + 1
    found.push(`${relative(folder, file.fileName)}:${line} ${words}`)
  }
  const types = statements.length > 0 ? checker.getTypeAtLocation(statements) : []
  for (const [i, node] of statements.entries())
    if (isPromise(types[i]) && !isCaught(node) && !isKept(node)) tell(node, "lets a promise go that nothing catches")
  const own = functions.length > 0 ? checker.getTypeAtLocation(functions) : []
  for (const [i, node] of functions.entries())
    if (returnsPromise(own[i]) && !(node.body && isCaught(node.body)) && wantsNothing(checker.getContextualType(node)))
      tell(node, "gives a promise to what looks at none")
  return found
}

for (const name of program.getSourceFileNames())
  if (name.startsWith(join(folder, "/")) && !name.includes("/node_modules/") && !/\.(test|spec)\.tsx?$/.test(name))
    for (const line of inSource(program.getSourceFile(name))) console.log(line)
api.close()
