import { SedgeError } from '@sedge/protocol';

/** localhost, the addresses of the loopback interface, each with or without a port. */
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * A page of a foreign site may have its own name resolve to 127.0.0.1 and then read answers as if they were its own (DNS
 * rebinding); its browser still says the foreign name here. Throws HOST_REFUSED.
 */
export function refuseForeignHost(host: string | undefined): void {
  if (host !== undefined && LOCAL_HOST.test(host)) return;
  throw new SedgeError('HOST_REFUSED', `the host is ${host?.slice(0, 100)}`);
}
