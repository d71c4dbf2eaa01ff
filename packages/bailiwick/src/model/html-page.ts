import { escaped } from './markup-text.ts'

const style = `body{font:15px/1.5 system-ui,sans-serif;color:#1f2933;max-width:60rem;margin:2rem auto;padding:0 1rem}
.row{display:flex;flex-wrap:wrap;gap:1rem}table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{border:1px solid #cbd2d9;padding:.35rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}ul{margin:0;padding-left:1.1rem}
.no{color:#9b1c1c;font-weight:600}.yes{color:#18632b;font-weight:600}.quiet{color:#616e7c}summary{cursor:pointer}`

/**
 * A page that needs no server, no script and nothing from elsewhere; its policy forbids both. `title` is a text, `body` is markup already.
 */
export function htmlPage(title: string, body: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    `<h1>${escaped(title)}</h1>`,
    ...body,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}
