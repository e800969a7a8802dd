/** Who there is: two tenants with everything alike, the names of their users, of what is in their folders, now and then the bytes. */

export const TENANT = 'acme';
export const TENANTS = [TENANT, 'umbra'] as const;
export const OWNERS = ['ann', 'ben'] as const;
