export type PlainPage = { language: 'en' | 'ru'; title: string; body: string };

/** A page for who is no user of ours: plain HTML with forms. It has to work in whatever opens links, and loads nothing. */
export function writePlainPage({ language, title, body }: PlainPage): string {
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark"><title>${title}</title><style>${style}</style></head>
<body><main>${body}</main></body></html>`;
}

export const form = (act: string, inside: string) => `<form method="post"><input type="hidden" name="act" value="${act}">${inside}</form>`;

const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;' };
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => signs[sign] ?? sign);

/** The colours of the dashboard's own theme. */
const style = `
:root{--page:#f4f5f7;--surface:#fff;--line:#dfe3e9;--edge:#858f9f;--text:#161b24;--soft:#465063;--accent:#2450c4;--on:#fff;--ready:#17663a;--ready-ground:#e0f4e7}
@media (prefers-color-scheme:dark){:root{--page:#0f1217;--surface:#161a21;--line:#2a303b;--edge:#6d7789;--text:#e9ecf1;--soft:#b3bbc8;--accent:#8fb0ff;--on:#0d1424;--ready:#6fd699;--ready-ground:#12301f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px 12px;background:var(--page);color:var(--text);font:16px/1.5 Inter,system-ui,sans-serif}
main{width:min(460px,100%);padding:28px 24px;border:1px solid var(--line);border-radius:14px;background:var(--surface)}
h1{margin:0 0 12px;font-size:22px;line-height:1.25}
h2{margin:20px 0 8px;font-size:15px}
p{margin:0 0 16px;color:var(--soft);overflow-wrap:anywhere}
strong{color:var(--text);font-weight:600}
hr{margin:24px 0 0;border:0;border-top:1px solid var(--line)}
.saved{padding:10px 12px;border-radius:8px;background:var(--ready-ground);color:var(--ready)}
.acts{display:flex;flex-wrap:wrap;gap:10px}
label{display:flex;gap:10px;align-items:center;min-height:40px}
input[type=checkbox]{width:20px;height:20px;accent-color:var(--accent)}
button{min-height:44px;padding:0 18px;border:1px solid var(--edge);border-radius:10px;background:none;color:var(--text);font:inherit;font-weight:550;cursor:pointer}
button.main{border-color:var(--accent);background:var(--accent);color:var(--on)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}`;
