/** Finds the target of a method and a path. */

/** The target of a path. */
export interface Target {
  readonly method: string
  /** `/topics/{topic_name}/partitions`: literal segments, and parameters in braces. */
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
  parameter: Node<T> | undefined
  readonly targets: Map<string, T>
  allowed: readonly string[]
}

/**
 * A tree of path segments. Literals take precedence over parameters; matching is case-sensitive; one
 * trailing slash is ignored. HEAD finds the target of GET.
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
      if (segment.startsWith('{')) {
        node.parameter ??= newNode()
        node = node.parameter
      } else {
        let next = node.literals.get(segment)
        if (!next) {
          next = newNode()
          node.literals.set(segment, next)
        }
        node = next
      }
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
    let node: Node<T> = this.#root
    const params: string[] = []
    for (let start = base.length + 1; start < path.length; ) {
      const slash = path.indexOf('/', start)
      const end = slash < 0 ? path.length : slash
      const next = step(node, path.slice(start, end), params)
      if ('kind' in next) return next
      node = next
      start = end + 1
    }
    const target = node.targets.get(method)
    if (target) return { kind: 'found', target, params }
    return node.targets.size > 0 ? { kind: 'wrong method', allowed: node.allowed } : UNKNOWN
  }
}

/** The next node, or the reason why it is missing. Adds to `params`. */
function step<T>(
  node: Node<T>,
  segment: string,
  params: string[],
): Node<T> | typeof MALFORMED | typeof UNKNOWN {
  if (segment === '') return MALFORMED
  const literal = node.literals.get(segment)
  if (literal) return literal
  const decoded = decode(segment)
  if (decoded === undefined) return MALFORMED
  params.push(decoded)
  return node.parameter ?? UNKNOWN
}

const MALFORMED = { kind: 'malformed' } as const
const UNKNOWN = { kind: 'unknown' } as const

function newNode<T>(): Node<T> {
  return { literals: new Map(), parameter: undefined, targets: new Map(), allowed: [] }
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
