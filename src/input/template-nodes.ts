/** Names of helpers that only rewritten templates call. No template can spell them by accident. */
export const INTERNAL = { variable: '‹variable›', found: '‹found›', print: '‹print›' } as const

/** How a path is written, for messages: `owner` is the entry that it starts from, nothing when it starts from the variables. */
export interface PathText {
  readonly owner?: string
  readonly steps: readonly string[]
  /** It may be missing. */
  readonly guarded: boolean
}

/** A path as Handlebars' parser would make it. */
export function pathNode(parts: string[], loc: hbs.AST.SourceLocation, data = false): hbs.AST.PathExpression {
  return { type: 'PathExpression', data, depth: 0, parts, original: `${data ? '@' : ''}${parts.join('.')}`, loc }
}

export function textNode(value: string, loc: hbs.AST.SourceLocation): hbs.AST.StringLiteral {
  return { type: 'StringLiteral', value, original: value, loc }
}

export function callNode(
  helper: string,
  params: hbs.AST.Expression[],
  loc: hbs.AST.SourceLocation,
): hbs.AST.SubExpression {
  return { type: 'SubExpression', path: pathNode([helper], loc), params, hash: { type: 'Hash', pairs: [], loc }, loc }
}

export function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression'
}

export function isCall(node: hbs.AST.Node): node is hbs.AST.SubExpression {
  return node.type === 'SubExpression'
}

/** `this.x`, `./x` and `.`: paths that mean the context although a helper or parameter has their name. */
export function isScoped(path: hbs.AST.PathExpression): boolean {
  return /^(\.|this\b)/.test(path.original)
}

export function isText(node: hbs.AST.Node): node is hbs.AST.StringLiteral {
  return node.type === 'StringLiteral'
}
