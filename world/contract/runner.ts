/**
 * What the contract needs of a test runner. Vitest and Jest both have it, so neither is a dependency of Hearth: with
 * Vitest the caller gives `import * as vitest from 'vitest'`.
 */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  test: {
    (name: string, body: () => Promise<void>): unknown
    skip(name: string, body: () => Promise<void>): unknown
  }
  beforeAll(body: () => Promise<void>): unknown
  afterAll(body: () => Promise<void> | undefined): unknown
  expect: Expect
}

export interface Expect {
  (value: unknown): Matchers
  any(type: unknown): unknown
  objectContaining(part: object): unknown
  stringContaining(part: string): unknown
  stringMatching(pattern: RegExp): unknown
}

export interface Matchers {
  not: { toEqual(value: unknown): void }
  rejects: {
    toBe(value: unknown): Promise<unknown>
    toEqual(value: unknown): Promise<unknown>
    toMatchObject(part: object): Promise<unknown>
  }
  toBe(value: unknown): void
  toBeGreaterThanOrEqual(value: number): void
  toBeLessThan(value: number): void
  toBeLessThanOrEqual(value: number): void
  toBeNull(): void
  toEqual(value: unknown): void
  toHaveLength(length: number): void
  toMatchObject(part: object): void
}
