/** What the person who runs this should do, by what a server or the way to it says that stays as it is. */
const helps: Readonly<Record<string, RegExp>> = {
  // Redis
  'set a password on that server (requirepass) and give it in the URL, or let it serve this network (protected-mode no)':
    /\bDENIED\b.*protected mode/s,
  'give its user and password in the URL: redis://user:password@host': /\bNOAUTH\b/,
  'the user or the password in the URL is not right': /\bWRONGPASS\b|invalid password/,
  "that user's ACL forbids it: docs/security.md has the ACLs that Hearth needs": /\bNOPERM\b/,
  'it is a replica: give the address of its primary': /\bREADONLY\b/,
  'it is a replica without its primary: give the address of the primary': /\bMASTERDOWN\b/,
  'it reads its data from disk: wait': /\bLOADING\b/,
  'it cannot write to its disk: see its log': /\bMISCONF\b/,
  'raise its maxclients': /\bmax number of clients\b/,
  // Neo4j
  'the user or the password is not right': /\.Security\.Unauthorized\b/,
  'too many wrong passwords: correct it, and wait for some seconds': /\.Security\.AuthenticationRateLimit\b/,
  'its first password must be changed: ALTER CURRENT USER SET PASSWORD FROM … TO …':
    /\.Security\.CredentialsExpired\b/,
  'that user may not do it: docs/security.md has what it must be granted': /\.Security\.Forbidden\b/,
  'there is no database of that name': /\.DatabaseNotFound\b/,
  "this is its port for HTTP: Bolt's is 7687 as a rule": /Server responded HTTP/,
  'a single server is reached by bolt:// in place of neo4j://; of a cluster the advertised addresses must be reachable':
    /Could not perform discovery|No routing servers/,
  // The way to a server
  'it speaks TLS at this port: use rediss://': /\bTLS alert\b|Unknown RESP type 21\b/,
  'it speaks no TLS at this port: use the URL without (redis://, bolt://)':
    /before secure TLS connection|wrong version number|packet length too long|EPROTO/,
  'trust who signed its certificate: NODE_EXTRA_CA_CERTS=file.pem':
    /self-signed|self signed|unable to verify|unable to get local issuer/,
  'its certificate must be renewed': /certificate has expired/,
  'use the host name that its certificate has': /does not match certificate/,
  'nothing listens there: is it started, and is that its port?': /\bECONNREFUSED\b/,
  'no host of that name is known here': /\b(?:ENOTFOUND|EAI_AGAIN)\b/,
}

/** The same for what may pass by itself, or have one cause of several. */
const hints: typeof helps = {
  'it closes connections before it answers: protected mode, a port that wants TLS, or too many clients?':
    /\b(?:EPIPE|ECONNRESET)\b/,
  'nothing answers at that address: a firewall, or TLS asked of a port that speaks none?': /\bETIMEDOUT\b/,
}

/** What a server answers to a connection or command that it does not want, other than being away. */
const refusal =
  /\b(?:DENIED|NOAUTH|WRONGPASS|NOPERM|READONLY|MASTERDOWN|MISCONF|OOM)\b|max number of clients|\.Security\./

/** Whether these words are a server's that is there, and refuses. */
export const isRefusal = (words: string): boolean => refusal.test(words)

/** Whether the words say what is wrong, so that asking again at once brings the same. */
export const isDefinite = (words: string): boolean =>
  Object.values(helps).some(pattern => pattern.test(words))

/** The words, and what to do where that is known. */
export function withHelp(words: string): string {
  const all = Object.entries({ ...helps, ...hints })
  const help = all.find(([, pattern]) => pattern.test(words))?.[0]
  return help === undefined || words.includes(help) ? words : `${words} (${help})`
}

/** What an error says, in one line. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(wordsOf).join(', ') // one for each address of the host
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return error.message || code || error.name
}

/** Where a server is, without who we are to it; a parameter may be a password, too. */
export const withoutPassword = (url: string): string => url.replace(/\/\/[^/]*@/, '//').replace(/\?.*$/s, '')
