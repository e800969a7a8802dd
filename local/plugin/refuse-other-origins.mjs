/**
 * `serverless offline` answers whatever origin asks with that origin. An HTTP API names only origins that are
 * configured (developer guide, "Configure CORS for HTTP APIs"); so does the laptop, or nobody would notice here.
 */
import { ServerResponse } from 'node:http';

const HEADER = 'access-control-allow-origin';

/** For every answer of this process: an origin that is not in the list is named to nobody. */
export const refuseOtherOrigins = (allowedOrigins) => {
  if (!Array.isArray(allowedOrigins) || allowedOrigins.includes('*')) return;
  const { setHeader } = ServerResponse.prototype;
  ServerResponse.prototype.setHeader = function setHeaderOfAllowed(name, value) {
    const isOther = name.toLowerCase() === HEADER && !allowedOrigins.includes(value);
    return isOther ? this : setHeader.call(this, name, value);
  };
};
