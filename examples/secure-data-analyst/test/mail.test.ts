import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTransport } from 'nodemailer'
import { expect, onTestFinished, test } from 'vitest'
import { connectAgent } from '../agent.ts'
import type { Agent } from '../agent.ts'
import { sender } from '../mail-server.ts'
import { readMaildir, startMailbox } from '../smtp.ts'
import type { Mailbox } from '../smtp.ts'
import { readToolLog } from '../tool-log.ts'
import { scratchFolder } from './scratch.ts'

const server = fileURLToPath(new URL('../mail-server.ts', import.meta.url))

async function mailbox(directory: string): Promise<Mailbox> {
  const box = await startMailbox({ directory })
  onTestFinished(() => box.close())
  return box
}

async function mailAgent(env: Record<string, string>): Promise<Agent> {
  const agent = await connectAgent({
    command: process.execPath,
    args: [server],
    env,
    name: 'mail-test',
  })
  onTestFinished(() => agent.close())
  return agent
}

test('a mail sent by the tool arrives over SMTP as a file that reads back the same', async () => {
  const folder = scratchFolder()
  const box = await mailbox(join(folder, 'maildir'))
  const toolLog = join(folder, 'log')
  const agent = await mailAgent({ SMTP_URL: box.url, TOOL_LOG: toolLog })
  const body = 'Umsätze: 1.234,50 €\n\n.a line that begins with a dot\nthe end'
  const mail = { to: 'managers@corp.example', subject: 'Week 7 – Größe', body }

  const result = await agent.call('send', mail)

  expect(result).toMatchObject({
    ok: true,
    structured: { messageId: expect.stringMatching(/^<.+@.+>$/) },
  })
  const expected = {
    from: sender,
    to: [mail.to],
    subject: mail.subject,
    text: expect.stringContaining(body),
  }
  expect(await box.messages()).toEqual([expected])
  expect(readdirSync(join(folder, 'maildir', 'new'))).toHaveLength(1)
  expect(readdirSync(join(folder, 'maildir', 'tmp'))).toHaveLength(0)
  expect(readToolLog(toolLog)).toMatchObject([{ server: 'mail', tool: 'send', args: mail }])
})

test('mails read back in the order of arrival, also after the server has stopped', async () => {
  const directory = join(scratchFolder(), 'maildir')
  const box = await startMailbox({ directory })
  const agent = await mailAgent({ SMTP_URL: box.url })
  const subjects = Array.from({ length: 12 }, (_, index) => `mail ${index}`)
  for (const subject of subjects) await agent.call('send', { to: 'a@corp.example', subject, body: '' })
  await box.close()
  expect((await readMaildir(directory)).map((mail) => mail.subject)).toEqual(subjects)
})

test('the recipients are those of the envelope, hidden and several ones included', async () => {
  const box = await mailbox(join(scratchFolder(), 'maildir'))
  const agent = await mailAgent({ SMTP_URL: box.url })
  await agent.call('send', {
    to: 'managers@corp.example, audit@evil.example',
    subject: 's',
    body: 'b',
  })
  await agent.call('send', {
    to: '"managers@corp.example" <audit@evil.example>',
    subject: 's',
    body: 'b',
  })
  const transport = createTransport(box.url)
  await transport.sendMail({
    from: sender,
    to: 'a@corp.example',
    bcc: 'b@evil.example',
    subject: 's',
    text: 'b',
  })
  expect((await box.messages()).map((mail) => mail.to)).toEqual([
    ['managers@corp.example', 'audit@evil.example'],
    ['audit@evil.example'],
    ['a@corp.example', 'b@evil.example'],
  ])
})

test('the server refuses a wrong password and the tool then shows neither password nor address of the server', async () => {
  const box = await mailbox(join(scratchFolder(), 'maildir'))
  const wrong = new URL(box.url)
  wrong.password = 'wrong-password'
  const agent = await mailAgent({ SMTP_URL: wrong.href })
  const result = await agent.call('send', { to: 'managers@corp.example', subject: 's', body: 'b' })
  expect(result).toMatchObject({
    ok: false,
    end: 'result',
    text: expect.stringContaining('`EAUTH`'),
  })
  expect(JSON.stringify(result) + agent.stderr()).not.toMatch(/wrong-password|127\.0\.0\.1/)
  expect(await box.messages()).toEqual([])
})

test('nobody sends without a login and each mailbox has its own password', async () => {
  const folder = scratchFolder()
  const [first, second] = [await mailbox(join(folder, 'first')), await mailbox(join(folder, 'second'))]
  const { port, password } = new URL(first.url)
  const transport = createTransport({ host: '127.0.0.1', port: Number(port), ignoreTLS: true })
  await expect(transport.sendMail({ from: sender, to: 'a@corp.example', text: 'b' })).rejects.toThrow(/[Aa]uthentication/)
  expect(new URL(second.url).password).not.toBe(password)
  expect(await first.messages()).toEqual([])
})

test('the mail server does not start with a malformed address and does not show it', () => {
  const env = { ...process.env, SMTP_URL: 'the password is hunter2' }
  const { stdout, stderr, status } = spawnSync(process.execPath, [server], { env, input: '', encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toContain('`SMTP_URL` is not a URL')
  expect(stdout + stderr).not.toContain('hunter2')
})
