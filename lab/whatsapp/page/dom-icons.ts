import type { Spec } from '#lab/messenger/page/nodes.ts';

const paths = {
  plus: 'M12 5v14M5 12h14',
  chat: 'M4 5h16v11H9l-5 4zM12 8v5M9.5 10.5h5',
  power: 'M12 4v8M7 7a7 7 0 1 0 10 0',
  send: 'M5 4l15 8-15 8 3-8zM8 12h6',
  mic: 'M12 4a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0v-5A2.5 2.5 0 0 1 12 4M6 11a6 6 0 0 0 12 0M12 17v3',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM4 4l16 16',
  group: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M16 11a3 3 0 1 0 0-6M2 19c0-3 3-5 6-5s6 2 6 5M15 14c3 0 6 2 6 5',
  play: 'M7 5l12 7-12 7z',
  page: 'M6 3h8l4 4v14H6zM14 3v4h4',
  chevron: 'M6 9l6 6 6-6',
  cross: 'M6 6l12 12M18 6L6 18',
  alert: 'M12 4l9 16H3zM12 10v5M12 17v.5',
};

/** A drawing of ours under the icon name of the real page: `data-icon` and the svg's title carry it (facts 2, Send, Attach). */
export function icon(name: string, path: keyof typeof paths, attrs: Spec['attrs'] = {}): Spec {
  const stroke = { fill: 'none', stroke: 'currentColor', 'stroke-width': '1.8', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
  return {
    tag: 'span',
    class: '_glyph',
    attrs: { 'data-icon': name, 'aria-hidden': 'true', ...attrs },
    inside: [
      {
        tag: 'svg',
        attrs: { viewBox: '0 0 24 24', width: '22', height: '22' },
        inside: [
          { tag: 'title', text: name },
          { tag: 'path', attrs: { d: paths[path], ...stroke } },
        ],
      },
    ],
  };
}
