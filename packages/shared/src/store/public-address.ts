import ipaddr from 'ipaddr.js';

/**
 * Is this IP address on the public internet? Not: private, loopback, link-local (cloud metadata services), shared,
 * reserved, multicast, and IPv6 forms that wrap an IPv4 address.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}
