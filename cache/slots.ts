/** How many slots a Redis Cluster has. */
export const slotCount = 16_384

/** CRC16 (XMODEM) of each byte, as Redis' specification of its clusters has it. */
const crcOf = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})

/**
 * The slot of a key of ours: of what stands in its braces, where it has any. Our keys are ASCII. ioredis does this with a
 * list of bytes, which would cost a read more than its GET.
 */
export function slotOf(key: string): number {
  const open = key.indexOf('{')
  const close = open === -1 ? -1 : key.indexOf('}', open)
  const isTagged = close > open + 1
  let crc = 0
  for (let i = isTagged ? open + 1 : 0, end = isTagged ? close : key.length; i < end; i++) {
    crc = ((crc << 8) ^ (crcOf[(crc >> 8) ^ key.charCodeAt(i)] as number)) & 0xffff
  }
  return crc % slotCount
}
