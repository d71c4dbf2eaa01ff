import { McpServer } from '@modelcontextprotocol/server'
import type { CallToolResult } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { createTransport } from 'nodemailer'
import * as z from 'zod'
import { openToolLog } from './tool-log.ts'
import type { ToolLog } from './tool-log.ts'

/** The sender of every mail. */
export const sender = 'reports@corp.example'

/**
 * The mail toolbox, with the one tool `send`. `smtpUrl` is `smtp://user:password@host:port`; the password goes to
 * that server and nowhere else. Like many mail tools it sends wherever the SMTP library says that `to` points,
 * several addresses included: what may be in `to` is for the gateway to say. `log` hears of every execution.
 */
export function mailServer(smtpUrl: string, log: ToolLog): McpServer {
  const target = URL.parse(smtpUrl)
  // Not `new URL`: its error would show what it was given.
  if (target === null) throw new Error('`SMTP_URL` is not a URL; give smtp://user:password@host:port')
  const transport = createTransport({
    host: target.hostname,
    port: Number(target.port),
    secure: false,
    ignoreTLS: true,
    auth: { user: decodeURIComponent(target.username), pass: decodeURIComponent(target.password) },
  })
  const server = new McpServer({ name: 'mail', version: '1.0.0' })
  server.registerTool(
    'send',
    {
      title: 'Send a mail',
      description: 'Sends a plain text mail to one address and returns its message id.',
      inputSchema: z.object({
        to: z.string().min(3).describe('one mail address'),
        subject: z.string().max(200),
        body: z.string().describe('plain text'),
      }),
      outputSchema: z.object({ messageId: z.string() }),
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: false,
        openWorldHint: true,
      },
    },
    async (args): Promise<CallToolResult> => {
      log('send', args)
      try {
        const { messageId } = await transport.sendMail({
          from: sender,
          to: args.to,
          subject: args.subject,
          text: args.body,
          disableFileAccess: true,
          disableUrlAccess: true,
        })
        return {
          content: [{ type: 'text', text: `sent as ${messageId}` }],
          structuredContent: { messageId },
        }
      } catch (error) {
        // The library's own text may quote the server's words, and those the login; its code cannot.
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
        const reason = `the mail server did not take the mail (\`${code}\`); check the address and the server`
        return { content: [{ type: 'text', text: reason }], isError: true }
      }
    },
  )
  return server
}

if (import.meta.main) {
  const smtpUrl = process.env['SMTP_URL']
  if (smtpUrl === undefined) throw new Error('`SMTP_URL` is not set; give smtp://user:password@host:port')
  const log = openToolLog('mail', process.env['TOOL_LOG'])
  const server = mailServer(smtpUrl, log)
  serveStdio(() => server)
}
