import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { slotOf } from '../../cache/slots.ts'
import {
  addPrimary,
  moveSlot,
  type Node,
  shardOf,
  untilFollowed,
  untilPromoted,
  untilWhole,
} from '../support/many-redis.ts'
import type { Fault } from './session.ts'
import { type ClusterShape, clusterOptions } from './shapes.ts'

type ClusterFault = Fault<ClusterShape>
type Which = 'probed' | 'another' | 'start'

const named: Record<Which, string> = {
  probed: 'the primary that probes ask',
  another: 'another primary',
  start: 'the only primary that the address names',
}
const without = (nodes: readonly Node[], ...dead: readonly Node[]) =>
  nodes.filter(node => !dead.includes(node))

/** Has the shard's first primary take its role again. */
async function fallBack({ nodes, replicaOf }: ClusterShape, first: Node): Promise<void> {
  const pair = [first, replicaOf(first)]
  await untilFollowed(pair)
  const isPrimary = async () => (await first.admin.role())[0] === 'master'
  const isBack = async () => {
    if (await isPrimary()) return true
    await first.admin.cluster('FAILOVER').catch(() => {}) // refused while its primary is thought to be down
    return false
  }
  await expect.poll(isBack, { timeout: 60_000, interval: 1_000 }).toBe(true)
  await untilFollowed(pair)
  await untilWhole(nodes)
}

/** It comes back when its replica has been promoted and the games go on, as a supervisor would start it. */
const killed = (which: Which, short?: boolean): ClusterFault => ({
  name: `kill -9: ${named[which]}`,
  short: short ?? false,
  concerns: shape => shape.worldsOf(shape[which]),
  async run(shape, { well, broken, untilTrusted }) {
    const { nodes, replicaOf } = shape
    const victim = shape[which]
    await victim.process.kill('SIGKILL')
    await untilPromoted(replicaOf(victim))
    await untilWhole(without(nodes, victim))
    well()
    await untilTrusted()
    broken()
    await victim.process.restart()
    await untilFollowed([victim, replicaOf(victim)])
    await untilWhole(nodes)
    well()
    await untilTrusted()
    await fallBack(shape, victim)
  },
})

const killedWithFullCoverage: ClusterFault = {
  ...killed('another'),
  name: `with full coverage, kill -9: ${named.another}`,
  touchesOthers: 'while one slot has no primary, every node refuses commands',
  async run(shape, course) {
    for (const { admin } of shape.nodes) await admin.config('SET', 'cluster-require-full-coverage', 'yes')
    await killed('another').run(shape, course)
    for (const { admin } of shape.nodes) await admin.config('SET', 'cluster-require-full-coverage', 'no')
  },
}

const frozen = (which: Which, seconds: number, short?: boolean): ClusterFault => ({
  name: `SIGSTOP for ${seconds} s: ${named[which]}`,
  short: short ?? false,
  concerns: shape => shape.worldsOf(shape[which]),
  async run(shape, { well, broken, untilTrusted }) {
    const { nodes, replicaOf } = shape
    const victim = shape[which]
    await victim.process.kill('SIGSTOP')
    let isOver = false
    const promoted = untilPromoted(replicaOf(victim))
      .then(() => untilWhole(without(nodes, victim)))
      .then(
        () => isOver || well(),
        () => {},
      )
    await pause(seconds * 1_000)
    isOver = true
    broken()
    await victim.process.kill('SIGCONT')
    await untilFollowed([victim, replicaOf(victim)])
    await untilWhole(nodes)
    well()
    await promoted
    await untilTrusted()
    await fallBack(shape, victim)
  },
})

/** By its replica, which waits until it has everything, and tells the primary. */
const graceful = (which: Which, short?: boolean): ClusterFault => ({
  name: `CLUSTER FAILOVER: ${named[which]}`,
  short: short ?? false,
  concerns: shape => shape.worldsOf(shape[which]),
  async run(shape, { well, untilTrusted }) {
    const replica = shape.replicaOf(shape[which])
    await replica.admin.cluster('FAILOVER')
    await untilPromoted(replica)
    await untilFollowed([shape[which], replica])
    await untilWhole(shape.nodes)
    well()
    await untilTrusted()
    await fallBack(shape, shape[which])
  },
})

/** The replica is stopped and its connection closed, changes go on for a while, then the primary dies. */
const cutThenKilled: ClusterFault = {
  name: `replica cut off, then kill -9: ${named.another}`,
  concerns: shape => shape.worldsOf(shape.another),
  async run(shape, { well, untilTrusted }) {
    const { nodes, another } = shape
    const replica = shape.replicaOf(another)
    await replica.process.kill('SIGSTOP')
    await another.admin.call('CLIENT', 'KILL', 'TYPE', 'replica')
    await pause(2_000)
    await another.process.kill('SIGKILL')
    await replica.process.kill('SIGCONT')
    await untilPromoted(replica)
    await untilWhole(without(nodes, another))
    well()
    await untilTrusted()
    await another.process.restart()
    await fallBack(shape, another)
  },
}

const halfMoved: ClusterFault = {
  name: 'half of a hot slot moved for 3 s, then the rest',
  short: true,
  concerns: shape => shape.worldsOf(shape.another).slice(0, 1),
  async run({ nodes, another, probed, worldsOf }, { well, untilTrusted }) {
    const [hot] = worldsOf(another) as [string]
    const moveRest = await moveSlot(slotOf(hot), another, probed, { half: true })
    await pause(3_000)
    await moveRest()
    await untilWhole(nodes)
    well()
    await untilTrusted()
    await moveSlot(slotOf(hot), probed, another)
  },
}

/** Those of both worlds of the primary among them. */
const resharded: ClusterFault = {
  name: 'hundreds of slots resharded',
  concerns: shape => shape.worldsOf(shape.another),
  async run({ nodes, another, probed, worldsOf }, { well, untilTrusted }) {
    const [first, second] = worldsOf(another).map(slotOf) as [number, number]
    const slots = new Set([...Array.from({ length: 300 }, (_, i) => first + i), second])
    const moved = [...slots].filter(slot => shardOf(slot) === shardOf(first))
    for (const slot of moved) await moveSlot(slot, another, probed)
    await untilWhole(nodes)
    well()
    await untilTrusted()
    for (const slot of moved) await moveSlot(slot, probed, another)
  },
}

const added: ClusterFault = {
  name: 'a primary added, and a hot slot moved to it',
  concerns: shape => shape.worldsOf(shape.another).slice(0, 1),
  async run({ nodes, another, worldsOf }, { well, untilTrusted }) {
    const [hot] = worldsOf(another) as [string]
    const { primary: more, replica } = await addPrimary(nodes, clusterOptions)
    await moveSlot(slotOf(hot), another, more)
    await untilWhole([...nodes, more, replica])
    well()
    await untilTrusted()
    await moveSlot(slotOf(hot), more, another)
  },
}

/** The others serve their slots; no replica can be promoted. */
const bothFrozen: ClusterFault = {
  name: `SIGSTOP for 10 s: ${named.another} and its replica`,
  concerns: shape => shape.worldsOf(shape.another),
  async run(shape, { well, untilTrusted }) {
    const { nodes, another, replicaOf } = shape
    const both = [another, replicaOf(another)]
    for (const { process } of both) await process.kill('SIGSTOP')
    await pause(10_000)
    for (const { process } of both) await process.kill('SIGCONT')
    await untilFollowed(both)
    await untilWhole(nodes)
    well()
    await untilTrusted()
    await fallBack(shape, another)
  },
}

export const clusterFaults: readonly ClusterFault[] = [
  killed('probed', true),
  killed('another'),
  killed('start'),
  killedWithFullCoverage,
  ...(['probed', 'another', 'start'] as const).flatMap(which => [frozen(which, 5), frozen(which, 25)]),
  graceful('probed'),
  graceful('another', true),
  cutThenKilled,
  halfMoved,
  resharded,
  added,
  bothFrozen,
]
