/**
 * Pages that say one thing, for people: no script, no picture, nothing that has to be fetched besides.
 *
 * R1  Whoever did not ask for a page gets none: programs read what they understand.
 */

export interface PlainPage {
  readonly title: string;
  /** HTML, one paragraph each. */
  readonly paragraphs: readonly string[];
}

export const NOTHING_HERE: PlainPage = {
  title: 'There is nothing at this address',
  paragraphs: [
    'If somebody sent you a link, a part of it may have got lost on its way. Ask them to send it again.',
    '<a href="/">Open Weft</a>',
  ],
};

export const NOT_BUILT: PlainPage = {
  title: 'The relay is running',
  paragraphs: [
    'The editor’s page has not been built yet. Run <code>npm run build</code> beside the relay, then load this page again.',
    'Desktop apps and other Yjs clients can use the relay as it is.',
  ],
};

/** R1. Browsers name it where a person goes somewhere, and nowhere else. */
export function wantsPage(accept: string | undefined): boolean {
  return accept?.includes('text/html') === true;
}

/** @param nonce of the policy that comes with it. */
export function plainPage({ title, paragraphs }: PlainPage, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – Weft</title>
<style nonce="${nonce}">${STYLE}</style>
<main>
<h1>${title}</h1>
${paragraphs.map((each) => `<p>${each}</p>`).join('\n')}
</main>
</html>
`;
}

/** The colours are those of the editor (tokens.css). */
const STYLE = `
:root { color-scheme: light dark; --background: #fefdfb; --text: #23211d; --muted: #625d54; --accent: #3b4ba8; }
@media (prefers-color-scheme: dark) { :root { --background: #191816; --text: #eae6dd; --muted: #aca699; --accent: #a3b0fa; } }
body { display: grid; place-content: center; min-height: 100vh; min-height: 100svh; box-sizing: border-box; margin: 0; padding: 24px;
  background: var(--background); color: var(--muted); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
main { max-width: 26em; padding-bottom: 10vh; }
h1 { margin: 0; color: var(--text); font-size: 22px; font-weight: 600; line-height: 1.3; text-wrap: balance; }
p { margin: 12px 0 0; }
code { color: var(--text); }
a { color: var(--accent); text-underline-offset: 3px; }
`;
