/**
 * Mutants that a machine makes: each operator changes one kind of expression or statement. They are
 * made of the syntax tree, so that comments, texts and types stay as they are.
 */
import { relative } from 'node:path'
import * as ast from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'

/** A change of one place of a file. */
export interface Mutation {
  readonly file: string
  /** What was done to which text, for people: `Foo.bar: "a < b" -> "a <= b"`. */
  readonly what: string
  readonly start: number
  readonly end: number
  readonly to: string
}

const EXCHANGED: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '+=': '-=',
  '-=': '+=',
}
const EXCHANGED_CALLS: Readonly<Record<string, string>> = {
  'Math.min': 'Math.max',
  'Math.max': 'Math.min',
  some: 'every',
  every: 'some',
}
/** Calls without an argument, of which the object is left over. */
const DROPPED_CALLS = ['trim', 'toLowerCase', 'toUpperCase', 'sort', 'reverse']
const SHOWN = 90

/** All mutations of the files, in their order. */
export function mutationsOf(root: string, files: readonly string[]): Mutation[] {
  const api = new API({ cwd: root })
  try {
    const { program } = api
      .updateSnapshot({ openProject: `${root}/tsconfig.json` })
      .getProjects()[0] as Project
    return files.flatMap((file) => {
      const source = program.getSourceFile(file)
      if (!source) throw new Error(`${file} is not in tsconfig.json.`)
      return new Mutations(source, relative(root, file)).all()
    })
  } finally {
    api.close()
  }
}

type Project = { readonly program: { getSourceFile(file: string): ast.SourceFile | undefined } }

class Mutations {
  readonly #source: ast.SourceFile
  readonly #file: string
  readonly #found: Mutation[] = []

  constructor(source: ast.SourceFile, file: string) {
    this.#source = source
    this.#file = file
  }

  all(): readonly Mutation[] {
    this.#visit(this.#source, '')
    return this.#found
  }

  #visit(node: ast.Node, scope: string): void {
    if (ast.isTypeNode(node)) return
    const inner = this.#scopeOf(node, scope)
    for (const to of this.#alternativesOf(node)) this.#add(node, inner, to)
    node.forEachChild((child) => {
      this.#visit(child, inner)
    })
  }

  #add(node: ast.Node, scope: string, to: string): void {
    const [start, end] = [node.getStart(this.#source), node.end]
    const from = brief(this.#source.text.slice(start, end))
    const what = `${scope === '' ? '' : `${scope}: `}${from} -> ${to === '' ? 'nothing' : brief(to)}`
    this.#found.push({ file: this.#file, what, start, end, to })
  }

  #text(node: ast.Node): string {
    return this.#source.text.slice(node.getStart(this.#source), node.end)
  }

  #scopeOf(node: ast.Node, scope: string): string {
    const isNamed =
      ast.isMethodDeclaration(node) ||
      ast.isFunctionDeclaration(node) ||
      ast.isClassDeclaration(node)
    if (!isNamed || !node.name) return scope
    return scope === '' ? this.#text(node.name) : `${scope}.${this.#text(node.name)}`
  }

  #alternativesOf(node: ast.Node): string[] {
    if (ast.isBinaryExpression(node)) return this.#ofBinary(node)
    if (ast.isCallExpression(node)) return this.#ofCall(node)
    if (ast.isNewExpression(node)) return this.#ofNew(node)
    if (ast.isExpressionStatement(node)) return this.#ofStatement(node)
    if (ast.isIfStatement(node)) return this.#ofIf(node)
    if (ast.isConditionalExpression(node)) {
      return [
        `${this.#text(node.condition)} ? ${this.#text(node.whenFalse)} : ${this.#text(node.whenTrue)}`,
      ]
    }
    if (ast.isAwaitExpression(node)) return [this.#text(node.expression)]
    if (ast.isNumericLiteral(node)) return [`${this.#text(node)} + 1`]
    if (node.kind === ast.SyntaxKind.TrueKeyword) return ['false']
    if (node.kind === ast.SyntaxKind.FalseKeyword) return ['true']
    return []
  }

  #ofBinary(node: ast.BinaryExpression): string[] {
    const [left, operator, right] = [node.left, node.operatorToken, node.right].map((part) =>
      this.#text(part),
    )
    if (operator === '??') return [left as string]
    const other = EXCHANGED[operator as string]
    // What joins texts has no opposite.
    if (other === undefined || /^['"`]|['"`]$/.test(`${left}${right}`)) return []
    return [`${left} ${other} ${right}`]
  }

  #ofCall(node: ast.CallExpression): string[] {
    const callee = this.#text(node.expression)
    const name = callee.slice(callee.lastIndexOf('.') + 1)
    if (node.arguments.length === 0 && DROPPED_CALLS.includes(name)) {
      return [callee.slice(0, callee.lastIndexOf('.'))]
    }
    for (const [from, to] of Object.entries(EXCHANGED_CALLS)) {
      if (callee !== from && !callee.endsWith(`.${from}`)) continue
      const args = node.arguments.map((argument) => this.#text(argument)).join(', ')
      return [`${callee.slice(0, -from.length)}${to}(${args})`]
    }
    return []
  }

  #ofNew(node: ast.NewExpression): string[] {
    const [name, ...rest] = node.arguments ?? []
    if (this.#text(node.expression) !== 'RestError' || !name) return []
    const other = this.#text(name) === "'INTERNAL'" ? "'BAD_REQUEST'" : "'INTERNAL'"
    return [`new RestError(${[other, ...rest.map((each) => this.#text(each))].join(', ')})`]
  }

  #ofStatement({ expression }: ast.ExpressionStatement): string[] {
    // Without them a constructor does not compile.
    if (ast.isCallExpression(expression) && this.#text(expression.expression) === 'super') return []
    return [';']
  }

  #ofIf(node: ast.IfStatement): string[] {
    const text = this.#text(node)
    const [start, end] = [node.expression.getStart(this.#source), node.expression.end]
    const offset = node.getStart(this.#source)
    return [`!(${this.#text(node.expression)})`, 'false'].map(
      (condition) => text.slice(0, start - offset) + condition + text.slice(end - offset),
    )
  }
}

function brief(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN)}…`
}
