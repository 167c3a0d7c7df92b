import type { GlobalThemeOverrides } from 'naive-ui';
import type { StateGroup } from '#core/profile.ts';

export type Theme = 'light' | 'dark';

/** Everything visual comes from here. Each text colour has at least 4.5:1 on every ground that it stands on (theme.test.ts). */
export const palettes = {
  light: {
    page: '#f4f5f7',
    surface: '#ffffff',
    raised: '#ffffff',
    sunken: '#edeff3',
    line: '#dfe3e9',
    edge: '#858f9f',
    text: '#161b24',
    soft: '#465063',
    faint: '#5d6778',
    accent: '#2450c4',
    accentHover: '#1c41a6',
    accentPressed: '#173689',
    accentGround: '#e8eefc',
    onAccent: '#ffffff',
    bubbleOut: '#dfe8fb',
    skeleton: '#e6e9ee',
    shadow: '0 1px 2px rgb(16 24 40 / 6%), 0 4px 16px rgb(16 24 40 / 7%)',
  },
  dark: {
    page: '#0f1217',
    surface: '#161a21',
    raised: '#1d222b',
    sunken: '#0b0e12',
    line: '#2a303b',
    edge: '#6d7789',
    text: '#e9ecf1',
    soft: '#b3bbc8',
    faint: '#959fae',
    accent: '#8fb0ff',
    accentHover: '#a9c2ff',
    accentPressed: '#7c9ff5',
    accentGround: '#1b2742',
    onAccent: '#0d1424',
    bubbleOut: '#22325a',
    skeleton: '#20262f',
    shadow: '0 1px 2px rgb(0 0 0 / 40%), 0 6px 20px rgb(0 0 0 / 35%)',
  },
} as const satisfies Record<Theme, Record<string, string>>;

/** The seven colours of a state, the same on every screen; `ground` is the soft fill behind the word. */
export const stateColors = {
  light: {
    ready: { text: '#17663a', ground: '#e0f4e7' },
    working: { text: '#0b5f8a', ground: '#dff1fa' },
    waiting: { text: '#48597a', ground: '#e8ecf4' },
    needs_you: { text: '#7f4a00', ground: '#ffedc2' },
    restricted: { text: '#9a3b06', ground: '#ffe6d5' },
    failed: { text: '#a81c26', ground: '#fde5e6' },
    parked: { text: '#545b67', ground: '#eceef1' },
  },
  dark: {
    ready: { text: '#6fd699', ground: '#12301f' },
    working: { text: '#6cc5f0', ground: '#0f2c3d' },
    waiting: { text: '#a9b9d6', ground: '#222b3b' },
    needs_you: { text: '#f6c04e', ground: '#3a2b08' },
    restricted: { text: '#ff9f66', ground: '#3d2110' },
    failed: { text: '#ff8b8b', ground: '#3f181b' },
    parked: { text: '#a7aeba', ground: '#23272e' },
  },
} as const satisfies Record<Theme, Record<StateGroup, { text: string; ground: string }>>;

const fonts = {
  sans: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  mono: "'JetBrains Mono Variable', ui-monospace, 'SFMono-Regular', Menlo, monospace",
};

/** The palette as custom properties, for what Naive UI does not draw. */
export function customProperties(theme: Theme): Record<string, string> {
  const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace('_', '-');
  const plain = Object.entries(palettes[theme]).map(([name, value]) => [`--${kebab(name)}`, value]);
  const states = Object.entries(stateColors[theme]).flatMap(([group, color]) => [
    [`--state-${kebab(group)}`, color.text],
    [`--state-${kebab(group)}-ground`, color.ground],
  ]);
  return Object.fromEntries([...plain, ...states, ['--sans', fonts.sans], ['--mono', fonts.mono]]);
}

export function naiveOverrides(theme: Theme): GlobalThemeOverrides {
  const palette = palettes[theme];
  const states = stateColors[theme];
  const tone = (name: string, color: string) => ({
    [`${name}Color`]: color,
    [`${name}ColorHover`]: color,
    [`${name}ColorPressed`]: color,
    [`${name}ColorSuppl`]: color,
  });
  return {
    common: {
      ...tone('info', states.working.text),
      ...tone('success', states.ready.text),
      ...tone('warning', states.needs_you.text),
      ...tone('error', states.failed.text),
      primaryColor: palette.accent,
      primaryColorHover: palette.accentHover,
      primaryColorPressed: palette.accentPressed,
      primaryColorSuppl: palette.accent,
      baseColor: palette.onAccent,
      bodyColor: palette.page,
      cardColor: palette.surface,
      modalColor: palette.surface,
      popoverColor: palette.raised,
      tableColor: palette.surface,
      inputColor: palette.surface,
      borderColor: palette.line,
      dividerColor: palette.line,
      textColorBase: palette.text,
      textColor1: palette.text,
      textColor2: palette.text,
      textColor3: palette.faint,
      placeholderColor: palette.faint,
      iconColor: palette.soft,
      clearColor: palette.faint,
      hoverColor: palette.sunken,
      fontFamily: fonts.sans,
      fontFamilyMono: fonts.mono,
      fontSize: '14px',
      fontSizeMedium: '14px',
      fontWeightStrong: '600',
      borderRadius: '8px',
      borderRadiusSmall: '6px',
      heightMedium: '36px',
    },
    Button: { fontWeight: '500', border: `1px solid ${palette.line}`, textColorGhost: palette.text, opacityDisabled: '0.55' },
    Input: { border: `1px solid ${palette.edge}`, caretColor: palette.accent },
    InternalSelection: { border: `1px solid ${palette.edge}`, placeholderColor: palette.faint },
    Card: { borderRadius: '12px' },
    Dialog: { borderRadius: '12px' },
    Progress: { railColor: palette.sunken },
    Skeleton: { color: palette.skeleton, colorEnd: palette.line },
    Checkbox: { border: `1px solid ${palette.edge}` },
    Switch: { railColor: palette.edge },
    Tooltip: { color: theme === 'light' ? '#20262f' : '#343c49', textColor: '#ffffff' },
  };
}
