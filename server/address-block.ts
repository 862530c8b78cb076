// The block of addresses that one address belongs to: what one customer of a network usually has. Whoever has many addresses
// has them in few blocks, so that queues and limits which run full go by the block.

/** Of IPv4 the /24, of IPv6 the /48. What is no address of the internet, such as "local", is its own block. */
export const blockOf = (address: string): string => cut(address, 3, "/24", "/48")

/** What one network operator has: of IPv4 the /16, of IPv6 the /32. */
export const networkOf = (address: string): string => cut(address, 2, "/16", "/32")

function cut(address: string, parts: number, ofFour: string, ofSix: string): string {
  if (/^(\d+\.){3}\d+$/.test(address)) return address.split(".").slice(0, parts).join(".") + ofFour
  if (!address.includes(":")) return address
  const [head = ""] = address.split("::")
  return head.split(":").slice(0, parts).join(":") + ofSix
}
