import type { Kind } from './keys.ts'

/** Told what happens to entries, by kind and never by id. Its methods must be quick and must not throw. */
export interface CacheObserver {
  hit(kind: Kind, count: number): void
  miss(kind: Kind, count: number): void
  /** Loaded values that were stored, by whom. */
  filled(kind: Kind, count: number, by: FilledBy): void
  /** Loaded values that were refused, because their entries changed meanwhile. */
  superseded(kind: Kind, count: number): void
  /** Values in Redis that were not what they should be. */
  corrupt(kind: Kind, count: number): void
  invalidated(kind: Kind, count: number): void
  /** Reads that went to the truth because the cache's Redis failed. */
  bypassed(kind: Kind, count: number): void
  /** One load from the truth, of `count` entries. */
  loaded(kind: Kind, count: number, seconds: number): void
}

export type FilledBy = 'read' | 'warm' | 'refresh'

const ignore = () => {}

export const noObserver: CacheObserver = {
  hit: ignore,
  miss: ignore,
  filled: ignore,
  superseded: ignore,
  corrupt: ignore,
  invalidated: ignore,
  bypassed: ignore,
  loaded: ignore,
}
