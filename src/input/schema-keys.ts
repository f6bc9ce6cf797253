import * as z from 'zod'
import type { Path } from './yaml.ts'

/** The keys that a schema knows at a path, for "did you mean"; none where any key will do. */
export function keysAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodUnion) return inner.options.flatMap((option) => keysAt(option, path))
  const [step, ...rest] = path
  if (step === undefined) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : []
  if (inner instanceof z.ZodObject)
    return Object.hasOwn(inner.shape, step) ? keysAt(inner.shape[String(step)], rest) : []
  if (inner instanceof z.ZodRecord) return keysAt(inner.valueType, rest)
  if (inner instanceof z.ZodArray) return keysAt(inner.element, rest)
  return []
}

/**
 * What text at a path means where it is an expression (`meta({ expression: true })`), of which only the value is
 * validated: a condition as in `when` where the schema wants true or false, any value elsewhere.
 */
export function expressionAt(schema: unknown, path: Path): 'condition' | 'value' | undefined {
  const inner = unwrap(schema)
  if (schema instanceof z.ZodType && path.length === 0 && schema.meta()?.expression === true) {
    return inner instanceof z.ZodBoolean ? 'condition' : 'value'
  }
  if (inner !== schema) return expressionAt(inner, path)
  if (inner instanceof z.ZodUnion) return firstOf(inner.options, (option) => expressionAt(option, path))
  const [step, ...rest] = path
  if (step === undefined) return undefined
  if (inner instanceof z.ZodObject)
    return Object.hasOwn(inner.shape, step) ? expressionAt(inner.shape[step], rest) : undefined
  return inner instanceof z.ZodArray ? expressionAt(inner.element, rest) : undefined
}

/** Whether a schema wants a mapping. */
export function isObject(schema: unknown): boolean {
  return unwrap(schema) instanceof z.ZodObject
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return unwrap(schema.unwrap())
  }
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodReadonly || schema instanceof z.ZodLazy) {
    return unwrap(schema.unwrap())
  }
  // A transform stands behind the schema of what users write; a preprocessing step before it.
  if (schema instanceof z.ZodPipe) return unwrap(schema.in instanceof z.ZodTransform ? schema.out : schema.in)
  return schema
}

function firstOf<T, R>(values: readonly T[], find: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = find(value)
    if (found !== undefined) return found
  }
  return undefined
}
