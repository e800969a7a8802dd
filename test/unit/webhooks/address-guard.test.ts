/** Which addresses a webhook may have: the same answer when it is saved and each time it is called. */
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../shared/adapters/webhooks/address-class.ts';
import { createAddressGuard } from '../../../shared/adapters/webhooks/address-guard.ts';
import { createHttpWebhookCaller } from '../../../shared/adapters/webhooks/http-webhook-caller.ts';

const NOT_PUBLIC = [
  ...['169.254.169.254', '169.254.170.2', '127.0.0.1', '127.255.255.254', '10.0.0.1', '172.16.0.1'],
  ...['172.31.255.255', '192.168.1.1', '100.64.0.1', '100.127.255.255', '0.0.0.0', '0.1.2.3'],
  ...['192.0.0.8', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.51.100.1', '203.0.113.1'],
  ...['224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', 'fe80::1', 'fec0::1', 'fd00:ec2::254', 'fc00::1', 'ff02::1', '100::1'],
  ...['2001:db8::1', '2001::1', '2001:2::1', '2001:10::1', '2002:7f00:1::', '2002:a9fe:a9fe::1'],
  ...['::ffff:169.254.169.254', '::ffff:8.8.8.8', '::127.0.0.1', '::8.8.8.8', '::ffff:0:7f00:1'],
  ...['64:ff9b::a9fe:a9fe', '64:ff9b::808:808', '64:ff9b:1::1', '3fff::1', '5f00::1', '4000::1'],
  ...['fe80::1%eth0', '127.1', '0x7f.1', '2130706433', 'localhost', ''],
];

const PUBLIC = ['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111'];

describe('an address of the network', () => {
  it.each(NOT_PUBLIC)('E15: %s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(PUBLIC)('%s is', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

const REFUSED = [
  // By what is written.
  ...[
    '',
    'nonsense',
    'ftp://example.org/',
    'file:///etc/passwd',
    'gopher://example.org/',
    'javascript:1',
  ],
  ...['http://example.org/', 'https://user@example.org/', 'https://user:secret@example.org/'],
  ...['https://example.org:22/', 'https://example.org:80/', 'https://example.org:6379/'],
  ...['https://localhost/', 'https://localhost./', 'https://a.localhost/', 'https://metadata/'],
  ...['https://metadata.google.internal/', 'https://printer.local/', 'https://nas.home.arpa/'],
  `https://example.org/${'x'.repeat(2048)}`,
  // By the address, however it is spelled.
  ...['https://127.0.0.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0177.0.0.1/'],
  ...['https://0x7f.0.0.1/', 'https://127.1/', 'https://127.0.0.1./', 'https://１２７.0.0.1/'],
  ...['https://169.254.169.254/latest/meta-data/', 'https://2852039166/', 'https://0xa9fea9fe/'],
  ...[
    'https://0251.0376.0251.0376/',
    'https://10.1.2.3/',
    'https://172.20.0.1/',
    'https://192.168.0.1/',
  ],
  ...['https://100.64.0.1/', 'https://0.0.0.0/', 'https://0/', 'https://[::1]/', 'https://[::]/'],
  ...[
    'https://[fd00:ec2::254]/',
    'https://[::ffff:169.254.169.254]/',
    'https://[::ffff:a9fe:a9fe]/',
  ],
  ...['https://[::127.0.0.1]/', 'https://[64:ff9b::a9fe:a9fe]/', 'https://[2002:a9fe:a9fe::]/'],
  ...['https://[fe80::1]/', 'https://%31%32%37.0.0.1/'],
];

describe('the address of a webhook', () => {
  const caller = createHttpWebhookCaller({
    resolve: async () => ['127.0.0.1'],
    allowsLoopback: false,
  });

  it.each(REFUSED.map((url) => [url.slice(0, 60), url] as const))(
    'E15: %s is refused when it is saved and when it is called',
    async (_title, url) => {
      expect(await caller.refusalOf(url)).toMatch(/^[A-Z].*\.$/);
      expect(await caller.call({ url, headers: {}, body: '{}' })).toMatchObject({
        failure: 'endpoint_address_refused',
      });
    },
  );

  it.each([[['8.8.8.8']], [['8.8.8.8', '2606:4700:4700::1111']]])(
    'is taken when its name leads to %j',
    async (addresses) => {
      const guard = createAddressGuard({ resolve: async () => addresses, allowsLoopback: false });

      for (const url of ['https://example.org/in?a=1', 'https://Example.ORG.:8443/']) {
        expect(await guard(url)).toMatchObject({ kind: 'allowed', host: 'example.org', addresses });
      }
    },
  );

  it.each([
    [['10.0.0.1']],
    [['8.8.8.8', '10.0.0.1']],
    [['2606:4700:4700::1111', '::ffff:10.0.0.1']],
    [['64:ff9b::7f00:1']],
    [['2002:7f00:1::']],
    [['fd00:ec2::254', '8.8.8.8']],
  ])('E15: is refused when any address of its name is not public: %j', async (addresses) => {
    const guard = createAddressGuard({ resolve: async () => addresses, allowsLoopback: false });

    expect(await guard('https://example.org/')).toMatchObject({ kind: 'refused' });
  });

  it.each([[[]], [Array.from({ length: 33 }, () => '8.8.8.8')]])(
    'is refused when its name has no address, or far too many',
    async (addresses) => {
      const guard = createAddressGuard({ resolve: async () => addresses, allowsLoopback: false });

      expect(await guard('https://example.org/')).toMatchObject({ kind: 'unresolved' });
    },
  );

  it('asks nobody for a name that is refused by what is written', async () => {
    const asked: string[] = [];
    const resolve = async (host: string) => {
      asked.push(host);
      return ['8.8.8.8'];
    };
    const guard = createAddressGuard({ resolve, allowsLoopback: false });

    for (const url of REFUSED) await guard(url);

    expect(asked).toEqual([]);
  });
});

describe('on a laptop', () => {
  const guard = createAddressGuard({ resolve: async () => ['10.0.0.1'], allowsLoopback: true });

  it.each([
    'http://127.0.0.1:8080/',
    'http://localhost:9/',
    'https://[::1]:5/',
    'http://127.9.9.9/',
  ])('%s is taken: it is this machine', async (url) => {
    expect(await guard(url)).toMatchObject({ kind: 'allowed' });
  });

  it.each([
    'http://10.0.0.1/',
    'https://10.0.0.1/',
    'http://example.org/',
    'https://[::ffff:127.0.0.1]/',
  ])('E15: %s is refused as everywhere', async (url) => {
    expect(await guard(url)).toMatchObject({ kind: 'refused' });
  });
});
