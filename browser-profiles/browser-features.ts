/**
 * What Playwright 1.65 turns off, because a second `--disable-features` replaces its own. The test of the launch compares this list with what
 * Playwright passes, so that a newer one is noticed.
 */
const offByPlaywright = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'TcpPortRandomizationWin',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'msForceBrowserSignIn',
  'msEdgeUpdateLaunchServicesPreferredVersion',
];

/**
 * Processes that a window without a person needs for nothing, and that no page can see. Measured on 156 with one page open: 57 MB of 211 MB and
 * 0.3 s of processor time at each start.
 */
const offByUs = [
  // The list below the address bar is two pages of its own, in a renderer that is started with every window.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  // A renderer in reserve for the next site: a profile has one page and stays on one site.
  'SpareRendererForSitePerProcess',
];

export const disabledFeatures = (): string => `--disable-features=${[...offByPlaywright, ...offByUs].join(',')}`;
