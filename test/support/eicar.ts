/** The test file of the anti-virus industry, put together here so that no scanner takes this repository for one. */
import { createMemoryMalwareScanner } from '../../shared/adapters/memory/memory-malware-scanner.ts';

export const EICAR_NAME = 'Eicar-Test-Signature';

export const EICAR = Buffer.from(
  [
    'X5O!P%@AP[4',
    String.raw`\PZX54(P^)7CC)7}$`,
    'EICAR-STANDARD-ANTI',
    'VIRUS-TEST-FILE!$H+H*',
  ].join(''),
);

export const eicarScanner = () => createMemoryMalwareScanner({ [EICAR_NAME]: EICAR });
