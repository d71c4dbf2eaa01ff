import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server'

/** A mail as it was delivered. `from` and `to` are the SMTP envelope's, so they name who really got it. */
export interface ReceivedMail {
  from: string
  to: string[]
  subject: string
  text: string
}

/** A running SMTP server on the loopback interface and the mail it took. */
export interface Mailbox {
  /** Where to send and with which login: `smtp://user:password@127.0.0.1:port`. Holds a secret. */
  url: string
  /** Everything received into the directory so far, in the order of arrival, read back from the files. */
  messages(): Promise<ReceivedMail[]>
  /** Stops taking mail; the files stay. */
  close(): Promise<void>
}

/**
 * Starts an SMTP server on a free port of 127.0.0.1. It demands a login whose password is drawn anew each time and
 * takes mail for every address. Each mail becomes a file of the maildir `directory`: written to `tmp`, then renamed
 * into `new`, headed by `Return-Path` and one `Delivered-To` for each recipient.
 */
export async function startMailbox(options: { directory: string }): Promise<Mailbox> {
  const { directory } = options
  await Promise.all(['tmp', 'new', 'cur'].map((folder) => mkdir(join(directory, folder), { recursive: true })))
  const username = 'sales-reports'
  const password = randomBytes(24).toString('base64url')
  let arrivals = 0

  const deliver = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> => {
    arrivals += 1
    const name = `${Date.now()}.M${String(arrivals).padStart(6, '0')}P${process.pid}.localhost`
    const { mailFrom, rcptTo } = session.envelope
    const file = createWriteStream(join(directory, 'tmp', name), { flags: 'wx' })
    file.write(`Return-Path: <${mailFrom === false ? '' : mailFrom.address}>\r\n`)
    for (const recipient of rcptTo) file.write(`Delivered-To: ${recipient.address}\r\n`)
    await pipeline(stream, file)
    await rename(join(directory, 'tmp', name), join(directory, 'new', name))
  }

  const server = new SMTPServer({
    name: 'localhost',
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 1_000,
    onAuth: (auth, _session, callback) => {
      if (auth.username === username && auth.password === password) callback(null, { user: username })
      else callback(new Error('wrong user name or password'))
    },
    onData: (stream, session, callback) => {
      deliver(stream, session).then(() => callback(null), callback)
    },
  })
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const address = listening.address()
  if (address === null || typeof address === 'string') throw new Error('the mail server got no port; try again')

  return {
    url: `smtp://${username}:${password}@127.0.0.1:${address.port}`,
    messages: () => readMaildir(directory),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** The mails in `new` of a maildir that `startMailbox` filled, in the order of arrival. */
export async function readMaildir(directory: string): Promise<ReceivedMail[]> {
  const names = (await readdir(join(directory, 'new'))).toSorted()
  return Promise.all(names.map(async (name) => parseMail(await readFile(join(directory, 'new', name)))))
}

async function parseMail(raw: Buffer): Promise<ReceivedMail> {
  const mail = await PostalMime.parse(raw)
  const values = (key: string): string[] => mail.headers.filter((header) => header.key === key).map(({ value }) => value)
  return {
    from: (values('return-path')[0] ?? '').replace(/^<|>$/g, ''),
    to: values('delivered-to'),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
  }
}
