import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Certificate {
  /** A certificate for servers and clients that is valid for these names and IPv4 addresses. */
  issue(names: readonly string[]): Certificate;
}

/** A certificate authority that lives as long as the test. */
export function createAuthority(name = 'test authority'): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const extensions = [extension('2.5.29.19', sequence(der(0x01, Buffer.of(0xff))), true)];
  const cert = certificate({
    issuer: name,
    subject: name,
    publicKey: own.publicKey,
    signer: own.privateKey,
    extensions,
  });
  return {
    cert,
    key: pem(own.privateKey),
    issue(names) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
      const subjects = names.map((text) =>
        isIPv4(text) ? der(0x87, Buffer.from(text.split('.').map(Number))) : der(0x82, Buffer.from(text)),
      );
      const issued = {
        issuer: name,
        subject: names[0] ?? 'nobody',
        publicKey: pair.publicKey,
        signer: own.privateKey,
        extensions: [extension('2.5.29.17', sequence(...subjects))],
      };
      return { cert: certificate(issued), key: pem(pair.privateKey) };
    },
  };
}

interface Contents {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
}

/** RFC 5280, section 4.1, signed with ECDSA and SHA-256; good for a day. */
function certificate({ issuer, subject, publicKey, signer, extensions }: Contents): string {
  const algorithm = sequence(identifier('1.2.840.10045.4.3.2'));
  const hour = 3_600_000;
  const body = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    distinguished(issuer),
    sequence(time(Date.now() - hour), time(Date.now() + 24 * hour)),
    distinguished(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, signer)]));
  const text = sequence(body, algorithm, signature)
    .toString('base64')
    .replace(/(.{64})/g, '$1\n');
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function distinguished(commonName: string): Buffer {
  return sequence(der(0x31, sequence(identifier('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  return sequence(identifier(oid), ...(critical ? [der(0x01, Buffer.of(0xff))] : []), der(0x04, value));
}

function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function identifier(oid: string): Buffer {
  const [first = 0, second = 0, ...rest] = oid.split('.').map(Number);
  const bytes = rest.flatMap((part) => {
    const digits = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

function integer(value: Buffer): Buffer {
  return der(0x02, value);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), value]);
}
