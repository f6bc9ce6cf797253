import { didYouMean } from '../core/error.ts'
import { unescaped } from './expression-tokens.ts'
import { countMistake } from './function.ts'
import { blocks, helpers } from './helpers.ts'
import { TemplateError } from './template-error.ts'
import {
  callNode,
  INTERNAL,
  isCall,
  isPath,
  isScoped,
  isText,
  type PathText,
  pathNode,
  textNode,
} from './template-nodes.ts'
import { Scope } from './template-scope.ts'
import type { TemplateSource } from './template-source.ts'
import type { UsedPath } from './used-paths.ts'

const LOOP_DATA: ReadonlySet<string> = new Set(['index', 'key', 'first', 'last'])

/**
 * Makes a parsed template strict, in place. Handlebars looks the other way when an argument of `#if`, `#each` or a helper
 * does not exist, prints lists as `[object Object]` and `{{a}}{{b}}` as a sum; so every variable is handed through a helper
 * that insists on it, and everything printed through one that makes it text. `../` becomes a lexical name, because
 * Handlebars counts blocks by comparing their contexts and miscounts where an entry equals the one around it.
 *
 * @returns every use of a variable
 * @throws {TemplateError}
 */
export function rewrite(program: hbs.AST.Program, source: TemplateSource): UsedPath[] {
  const rewriter = new Rewriter(source)
  rewriter.program(program, new Scope())
  return rewriter.used
}

class Rewriter {
  readonly used: UsedPath[] = []
  readonly #source: TemplateSource

  constructor(source: TemplateSource) {
    this.#source = source
  }

  program(program: hbs.AST.Program | undefined, scope: Scope): void {
    for (const statement of program?.body ?? []) this.#statement(statement, scope)
  }

  #statement(statement: hbs.AST.Statement, scope: Scope): void {
    if (isMustache(statement)) this.#mustache(statement, scope)
    else if (isBlock(statement)) this.#block(statement, scope)
    else if (statement.type !== 'ContentStatement' && statement.type !== 'CommentStatement') {
      throw this.#error('templates have no partials and no decorators', statement)
    }
  }

  #mustache(mustache: hbs.AST.MustacheStatement, scope: Scope): void {
    const { loc } = mustache
    const value = this.#call(mustache, scope, false) ?? this.#expression(mustache.path, scope, false)
    const written = this.#source.written(loc).replace(/^\{+[~&]?\s*|\s*~?\}+$/g, '')
    mustache.path = pathNode([INTERNAL.print], loc)
    mustache.params = [value, textNode(written, loc)]
    mustache.hash = { type: 'Hash', pairs: [], loc }
    mustache.escaped = true
  }

  #block(block: hbs.AST.BlockStatement, scope: Scope): void {
    const { path, params, hash, program, inverse } = block
    const name = path.original
    const usage = blocks.get(name)?.usage
    if (usage === undefined) {
      const hint = didYouMean(name, blocks.keys()) ?? `blocks: ${[...blocks.keys()].join(', ')}`
      throw this.#error(`unknown block "${name}"`, path, hint)
    }
    this.#checkCount(usage, params, path)
    for (const pair of hash?.pairs ?? []) {
      if (pair.key !== 'includeZero' || !(name === 'if' || name === 'unless'))
        throw this.#error(`"${name}" takes no ${pair.key}=`, pair, usage)
    }
    // What goes wrong in a block is about its argument: errors point there.
    block.loc = params[0]?.loc ?? block.loc
    block.params = params.map((param) => this.#expression(param, scope, false))
    const opens = name === 'each' || name === 'with'
    if (!opens && program?.blockParams !== undefined)
      throw this.#error(`"${name}" hands nothing on with "as"`, path, usage)
    if (opens && program !== undefined) program.blockParams ??= [`‹entry ${scope.depth}›`]
    this.program(program, opens && program !== undefined ? scope.inside(program.blockParams, name === 'each') : scope)
    this.program(inverse, scope)
  }

  /** A helper's call with its arguments made strict; nothing when the expression is a variable. */
  #call(
    call: hbs.AST.MustacheStatement | hbs.AST.SubExpression,
    scope: Scope,
    guarded: boolean,
  ): hbs.AST.Expression | undefined {
    const { path, params, hash } = call
    if (!isPath(path)) return undefined
    const name = path.original
    const helper = isScoped(path) || scope.hasParameter(name) ? undefined : helpers.get(name)
    if (helper === undefined && params.length === 0 && hash === undefined && !isCall(call)) return undefined
    if (helper === undefined) {
      const hint = blocks.has(name) ? `write {{#${name} …}}` : didYouMean(name, helpers.keys())
      throw this.#error(`unknown helper "${name}"`, path, hint)
    }
    const [pair] = hash?.pairs ?? []
    if (pair !== undefined) throw this.#error(`"${name}" takes no ${pair.key}=`, pair, helper.usage)
    this.#checkCount(helper.usage, params, path)
    const made = params.map((param, i) => this.#expression(param, scope, i === 0 && helper.acceptsUndefined === true))
    const rewritten = callNode(name, made, call.loc)
    return name === 'lookup' && !guarded
      ? callNode(
          INTERNAL.found,
          [rewritten, textNode(this.#source.written(params[0]?.loc ?? call.loc), call.loc), ...made],
          call.loc,
        )
      : rewritten
  }

  #checkCount(usage: string, params: readonly hbs.AST.Expression[], at: hbs.AST.Node): void {
    const mistake = countMistake(usage, params.length)
    if (mistake !== undefined) throw this.#error(mistake, at, usage)
  }

  /** `guarded`: the value may be missing. */
  #expression(node: hbs.AST.Expression, scope: Scope, guarded: boolean): hbs.AST.Expression {
    if (isPath(node)) return this.#path(node, scope, guarded)
    if (node.type === 'UndefinedLiteral') throw this.#error('undefined is no value', node)
    if (isText(node)) return textNode(unescaped(node.value), node.loc)
    return isCall(node) ? (this.#call(node, scope, guarded) ?? node) : node
  }

  #path(path: hbs.AST.PathExpression, scope: Scope, guarded: boolean): hbs.AST.Expression {
    const { loc, parts, original } = path
    if (path.data && parts[0] !== 'root') {
      if (parts.length === 1 && LOOP_DATA.has(parts[0] ?? '') && scope.inLoop) return path
      throw this.#error(
        `unknown ${original}`,
        path,
        scope.inLoop ? 'known: @index, @key, @first, @last' : 'they exist inside #each',
      )
    }
    const [first = '', ...rest] = parts
    if (!path.data && path.depth === 0 && !isScoped(path) && scope.hasParameter(first)) {
      return entry({ owner: first, steps: rest, guarded }, first, loc)
    }
    const origin = path.data ? ({ kind: 'variables' } as const) : scope.origin(path.depth)
    if (origin === undefined) throw this.#error(`${original} leads out of the template`, path)
    if (origin.kind === 'entry') {
      const owner = path.depth === 0 ? 'this' : Array(path.depth).fill('..').join('/')
      return entry({ owner, steps: parts, guarded }, origin.parameter, loc)
    }
    const steps = path.data ? rest : parts
    if (steps.length === 0) throw this.#error(`${original} is no value here`, path, 'name a variable')
    this.used.push({ path: steps, offset: this.#source.place(loc).offset, guarded })
    return insist(pathNode(['root', ...steps], loc, true), { steps, guarded }, { type: 'NullLiteral', loc }, loc)
  }

  #error(message: string, node: hbs.AST.Node, hint?: string): TemplateError {
    return new TemplateError(message, this.#source.place(node.loc), hint)
  }
}

function isMustache(node: hbs.AST.Statement): node is hbs.AST.MustacheStatement {
  return node.type === 'MustacheStatement'
}

function isBlock(node: hbs.AST.Statement): node is hbs.AST.BlockStatement {
  return node.type === 'BlockStatement'
}

function entry(text: PathText, parameter: string, loc: hbs.AST.SourceLocation): hbs.AST.Expression {
  return insist(pathNode([parameter, ...text.steps], loc), text, pathNode([parameter], loc), loc)
}

/** A call that hands on the value of `path`, or says which part of it does not exist. */
function insist(
  path: hbs.AST.PathExpression,
  text: PathText,
  base: hbs.AST.Expression,
  loc: hbs.AST.SourceLocation,
): hbs.AST.Expression {
  return callNode(INTERNAL.variable, [path, textNode(JSON.stringify(text), loc), base], loc)
}
