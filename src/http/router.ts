/** Finds the target of a method and a path. */

/** The target of a path. */
export interface Target {
  readonly method: string
  /** `/topics/{topic_name}/partitions`: literal segments, parameters in braces, and parameters with a literal behind them. */
  readonly path: string
}

/** The result of a search. */
export type Match<T> =
  | { readonly kind: 'found'; readonly target: T; readonly params: string[] }
  /** The path exists, with other methods. */
  | { readonly kind: 'wrong method'; readonly allowed: readonly string[] }
  | { readonly kind: 'unknown' }
  /** The path has a bad escape, a NUL, or an empty segment in the middle. */
  | { readonly kind: 'malformed' }

interface Node<T> {
  readonly literals: Map<string, Node<T>>
  /** Parameters with a literal behind them: `{config_type}-configs`. */
  readonly suffixed: { readonly suffix: string; readonly node: Node<T> }[]
  parameter: Node<T> | undefined
  readonly targets: Map<string, T>
  allowed: readonly string[]
}

/**
 * A tree of path segments. Literals take precedence over parameters; the branch of a literal without the rest of the path
 * gives way to that of a parameter. Matching is case-sensitive; one trailing slash is ignored. HEAD finds the target of
 * GET.
 */
export class Router<T extends Target> {
  readonly #root: Node<T> = newNode()
  readonly #methods = new Set<string>()

  constructor(targets: readonly T[]) {
    for (const target of targets) this.#add(target)
  }

  #add(target: T): void {
    let node = this.#root
    for (const segment of target.path.split('/').filter((part) => part !== '')) {
      node = childOf(node, segment)
    }
    node.targets.set(target.method, target)
    if (target.method === 'GET') node.targets.set('HEAD', target)
    node.allowed = [...node.targets.keys(), 'OPTIONS']
    for (const method of node.allowed) this.#methods.add(method)
  }

  /** The methods of all paths. */
  get methods(): readonly string[] {
    return [...this.#methods]
  }

  /**
   * `path` is raw: without the query, with its percent-escapes. Parameters are decoded. All paths begin
   * with `base`, which is empty or ends without a slash.
   */
  find(method: string, path: string, base = ''): Match<T> {
    if (!path.startsWith(base)) return UNKNOWN
    if (base !== '' && path.length > base.length && path[base.length] !== '/') return UNKNOWN
    return search(this.#root, method, path, base.length + 1, [])
  }
}

function childOf<T>(node: Node<T>, segment: string): Node<T> {
  if (!segment.startsWith('{')) {
    const next = node.literals.get(segment) ?? newNode()
    node.literals.set(segment, next)
    return next
  }
  const suffix = segment.slice(segment.indexOf('}') + 1)
  if (suffix === '') {
    node.parameter ??= newNode()
    return node.parameter
  }
  let child = node.suffixed.find((each) => each.suffix === suffix)
  if (!child) {
    child = { suffix, node: newNode() }
    node.suffixed.push(child)
  }
  return child.node
}

/** Finds the rest of a path that begins at `start`. Adds its parameters to `params` unless it is unknown. */
function search<T>(
  node: Node<T>,
  method: string,
  path: string,
  start: number,
  params: string[],
): Match<T> {
  if (start >= path.length) return targetOf(node, method, params)
  const slash = path.indexOf('/', start)
  const end = slash < 0 ? path.length : slash
  if (end === start) return MALFORMED
  const segment = path.slice(start, end)
  const literal = node.literals.get(segment)
  const match = literal ? search(literal, method, path, end + 1, params) : UNKNOWN
  if (match.kind !== 'unknown') return match
  return hasParameter(node) ? searchParameters(node, segment, method, path, end + 1, params) : match
}

/** Like search(), for the nodes of parameters that take `segment`. */
function searchParameters<T>(
  node: Node<T>,
  segment: string,
  method: string,
  path: string,
  start: number,
  params: string[],
): Match<T> {
  const decoded = decode(segment)
  if (decoded === undefined) return MALFORMED
  for (const { suffix, node: child } of node.suffixed) {
    if (!decoded.endsWith(suffix)) continue
    const match = searchBelow(child, decoded.slice(0, -suffix.length), method, path, start, params)
    if (match.kind !== 'unknown') return match
  }
  if (!node.parameter) return UNKNOWN
  return searchBelow(node.parameter, decoded, method, path, start, params)
}

/** Like search(), for the node of a parameter with this value. */
function searchBelow<T>(
  node: Node<T>,
  value: string,
  method: string,
  path: string,
  start: number,
  params: string[],
): Match<T> {
  params.push(value)
  const match = search(node, method, path, start, params)
  if (match.kind === 'unknown') params.pop()
  return match
}

function targetOf<T>(node: Node<T>, method: string, params: string[]): Match<T> {
  const target = node.targets.get(method)
  if (target) return { kind: 'found', target, params }
  return node.targets.size > 0 ? { kind: 'wrong method', allowed: node.allowed } : UNKNOWN
}

function hasParameter<T>(node: Node<T>): boolean {
  return node.parameter !== undefined || node.suffixed.length > 0
}

const MALFORMED = { kind: 'malformed' } as const
const UNKNOWN = { kind: 'unknown' } as const

function newNode<T>(): Node<T> {
  return {
    literals: new Map(),
    suffixed: [],
    parameter: undefined,
    targets: new Map(),
    allowed: [],
  }
}

function decode(segment: string): string | undefined {
  if (!segment.includes('%')) return segment
  try {
    const decoded = decodeURIComponent(segment)
    // The native engine would read the name up to the NUL, which is a different name.
    return decoded.includes('\0') ? undefined : decoded
  } catch {
    return undefined
  }
}
