import { z } from 'zod';

/** The page that says the caller's address, and its country as `loc=DE`: it is asked through the proxy only, when somebody checks one. */
const usual = 'https://www.cloudflare.com/cdn-cgi/trace';

/** PROXY_CHECK_URL of server and worker: `none` asks no page, and the exits of proxies are not known. */
export const ProxyCheckUrl = z
  .union([z.literal('none'), z.url({ protocol: /^https?$/ })], { error: 'has to be an address such as https://example.com/my-address, or none' })
  .default(usual)
  .transform((text) => (text === 'none' ? null : text));
