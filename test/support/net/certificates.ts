import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A certificate and its key, as PEM. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

const COMMON_NAME = '06 03 55 04 03';
const ECDSA_WITH_SHA256 = '06 08 2a 86 48 ce 3d 04 03 02';
const BASIC_CONSTRAINTS = '06 03 55 1d 13';
const SUBJECT_ALT_NAME = '06 03 55 1d 11';

/** A certificate authority made up for one test: X.509 version 3 (RFC 5280), written in DER by hand, good for a century. */
export class TestAuthority {
  readonly #name: string;
  readonly #privateKey: KeyObject;
  /** What a client has to trust, as PEM. */
  readonly certificate: string;
  #serial = 1;

  constructor(name = 'Test Authority') {
    this.#name = name;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#privateKey = privateKey;
    const isAuthority = extension(BASIC_CONSTRAINTS, der(0x30, der(0x01, Buffer.from([0xff]))));
    this.certificate = this.#certify(name, publicKey, isAuthority);
  }

  /** For a server that is reached by these names and IPv4 addresses. */
  issue(...hosts: readonly string[]): Certified {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const names = hosts.map(host =>
      /^[\d.]+$/.test(host)
        ? der(0x87, Buffer.from(host.split('.').map(Number)))
        : der(0x82, Buffer.from(host, 'ascii')),
    );
    return {
      certificate: this.#certify(
        hosts[0] ?? 'nobody',
        publicKey,
        extension(SUBJECT_ALT_NAME, der(0x30, ...names)),
      ),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  }

  #certify(subject: string, publicKey: KeyObject, ...extensions: readonly Buffer[]): string {
    const algorithm = der(0x30, bytes(ECDSA_WITH_SHA256));
    const toBeSigned = der(
      0x30,
      der(0xa0, der(0x02, Buffer.from([2]))),
      der(0x02, Buffer.from([this.#serial++])),
      algorithm,
      nameOf(this.#name),
      der(0x30, der(0x18, Buffer.from('20200101000000Z')), der(0x18, Buffer.from('21200101000000Z'))),
      nameOf(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, der(0x30, ...extensions)),
    );
    const signature = sign('sha256', toBeSigned, this.#privateKey);
    const whole = der(0x30, toBeSigned, algorithm, der(0x03, Buffer.from([0]), signature));
    const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  }
}

function nameOf(commonName: string): Buffer {
  return der(0x30, der(0x31, der(0x30, bytes(COMMON_NAME), der(0x0c, Buffer.from(commonName)))));
}

function extension(identifier: string, value: Buffer): Buffer {
  return der(0x30, bytes(identifier), der(0x04, value));
}

/** One element: tag, length, content. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}
