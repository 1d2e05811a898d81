import { networkInterfaces } from 'node:os';

/** Every address that this computer has beside loopback, as one text: it changes when a cable, a Wi-Fi or a VPN comes or goes. */
export function networkAddresses(): string {
  return Object.entries(networkInterfaces())
    .flatMap(([name, addresses = []]) =>
      addresses.filter(({ internal }) => !internal).map(({ address }) => `${name} ${address}`),
    )
    .sort()
    .join(', ');
}
